"""Sessions in the memory of one process: quick, simple, unknown next door, gone after a restart."""

from collections import OrderedDict
from threading import Lock

import msgspec

from gatepass.gate.strategies.session import StoredSession
from gatepass.kernel.errors import Misuse
from gatepass.tokens.sessions import SessionLimits, session_alive

WEEK, MONTH = 7 * 86_400, 30 * 86_400


class MemoryStore:
    """A bounded `SessionStore` in memory; any thread may use it.

    Args:
        max_sessions: when one more begins, the one that was unused the longest ends.
        idle: seconds without use after which a session ends.
        absolute: seconds after which it ends in any case. The defaults are OWASP ASVS 5.0 section 7.3
            for a service whose sessions are worth as much as the auth server's.

    Raises:
        Misuse: a limit makes no sense.
    """

    def __init__(self, max_sessions: int = 10_000, *, idle: int = WEEK, absolute: int = MONTH) -> None:
        if not all(isinstance(number, int) for number in (max_sessions, idle, absolute)) or max_sessions < 1:
            raise Misuse("A store of sessions has room for one at least, and its limits are whole seconds.")
        self.limits = SessionLimits(idle=idle, absolute=absolute)
        self._max = max_sessions
        self._sessions: OrderedDict[bytes, StoredSession] = OrderedDict()  # least recently used first
        self._lock = Lock()

    def add(self, key: bytes, session: StoredSession) -> None:
        """Keep a new session."""
        with self._lock:
            self._sessions[key] = session
            while len(self._sessions) > self._max:
                self._sessions.popitem(last=False)

    def use(self, key: bytes, now: float) -> StoredSession | None:
        """The session, marked as used at `now`; None when it is unknown or has ended."""
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                return None
            if not self._alive(session, now):
                del self._sessions[key]
                return None
            used = msgspec.structs.replace(session, used_at=max(now, session.used_at))
            self._sessions[key] = used
            self._sessions.move_to_end(key)
            return used

    def remove(self, key: bytes) -> None:
        """Forget a session, if it is there."""
        with self._lock:
            self._sessions.pop(key, None)

    def remembered(self, now: float) -> list[StoredSession]:
        """What this process remembers: the sessions that still stand, last used first; no secrets."""
        with self._lock:
            return [session for session in reversed(self._sessions.values()) if self._alive(session, now)]

    def __len__(self) -> int:
        """How many sessions are kept, ended ones that nobody came back to included."""
        return len(self._sessions)

    def _alive(self, session: StoredSession, now: float) -> bool:
        return session_alive(self.limits, started_at=session.started_at, used_at=session.used_at, now=now)
