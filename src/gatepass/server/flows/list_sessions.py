"""List sessions: where a person is signed in."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from gatepass.kernel.clock import Clock, now
from gatepass.server.sessions.agents import device_name
from gatepass.server.sessions.model import Session
from gatepass.server.sessions.service import LISTED, Sessions


class SessionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its owner may see it.

    Attributes:
        id: what `end_sessions` takes; opens nothing.
        user: `sub` of the owner.
        kind: `browser` (cookie) or `api` (tokens).
        current: whether it is the one that asks.
        signed_in_at, last_seen_at, ends_at: seconds since the epoch; `ends_at` moves with use.
        device: browser and device in a few plain words, as far as `agent` tells; proves nothing.
        address, agent: where it was last used from, as the client told it.
    """

    id: str
    user: str
    kind: str
    current: bool
    signed_in_at: int
    last_seen_at: int
    ends_at: int
    device: str
    address: str | None
    agent: str | None


@dataclass(frozen=True, slots=True)
class ListSessions:
    """The use case. Raises StoreUnavailable.

    Args:
        sessions: owns them.
        clock: seconds since the epoch.
    """

    sessions: Sessions
    clock: Clock = now

    async def __call__(self, user_id: str, *, current: str | None = None, limit: int = LISTED) -> list[SessionInfo]:
        """The live sessions of a person: the current one first, then by last use.

        Args:
            current: database id of the session that asks.
            limit: at most so many. Ending all others ends those that are not listed as well.
        """
        now = int(self.clock())
        found = await self.sessions.of_user(user_id, now=now, current=current or "", limit=limit)
        return await _listed(found, current)

    async def of_all(self, *, limit: int = LISTED) -> list[SessionInfo]:
        """Live sessions of everybody, last used first, for the operator."""
        return await _listed(await self.sessions.of_all(now=int(self.clock()), limit=limit), None)


async def _listed(found: Sequence[Session], current: str | None) -> list[SessionInfo]:
    # In a thread: the first agent that a process looks at costs a third of a second.
    return await asyncio.to_thread(lambda: [_info(session, current) for session in found])


def _info(session: Session, current: str | None) -> SessionInfo:
    return SessionInfo(
        id=session.id,
        user=session.user_id,
        kind="browser" if session.browser else "api",
        current=session.id == current,
        signed_in_at=session.auth_time,
        last_seen_at=session.last_seen_at,
        ends_at=min(session.idle_until, session.absolute_until),
        device=device_name(session.agent),
        address=session.address,
        agent=session.agent,
    )
