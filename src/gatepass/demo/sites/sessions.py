"""The sessions of one process."""

from typing import Any

from gatepass import Identity, MemoryStore
from gatepass.demo.clock import now
from gatepass.demo.sites.trade import key

MOST = 1_000


class Sessions(MemoryStore):
    """Sessions in memory as everybody has them, and all of one person's can be ended."""

    def __init__(self) -> None:
        super().__init__(MOST)
        self._secrets: dict[str, bytes] = {}  # hashed, by the public id of the session

    def add(self, key: bytes, session: Any) -> None:
        """Keep a new session."""
        super().add(key, session)
        self._secrets[session.id] = key
        if len(self._secrets) > 2 * MOST:
            standing = {one.id for one in self.remembered(now())}
            self._secrets = {id_: kept for id_, kept in self._secrets.items() if id_ in standing}

    def end_all(self, who: Identity) -> None:
        """End every session of a person."""
        for session in self.remembered(now()):
            if key(session.identity) == key(who):
                self.remove(self._secrets.pop(session.id))
