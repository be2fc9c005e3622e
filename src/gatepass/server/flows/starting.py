"""What every use case that starts a session does about the limit of sessions per person."""

from collections.abc import Sequence
from dataclasses import dataclass

from gatepass.server.audit.model import Source
from gatepass.server.flows.ending import ending
from gatepass.server.sessions.model import Session
from gatepass.server.sessions.service import ENDED_AT_ONCE, Sessions
from gatepass.server.store.call import Call
from gatepass.server.store.errors import Stale, StoreUnavailable
from gatepass.server.store.port import Store

_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Start:
    """A session that is about to start.

    Attributes:
        session: what `calls` start.
        first: what the unit begins with. Where the user's row is among it, starts of one person come one by one.
        calls: the statements that start the session, and the audit lines.
        leaving: a session that ends in the same unit, by statements among `calls`.
        at: seconds since the epoch.
        source: from where.
    """

    session: Session
    first: Sequence[Call]
    calls: Sequence[Call]
    leaving: Session | None
    at: float
    source: Source


async def write_start(store: Store, sessions: Sessions, start: Start) -> None:
    """Start a session; when the person has as many as they may, the least recently used one ends in the same unit.

    With our own users nobody ever has more than the limit. With a team's own users, and on PostgreSQL
    only, units that run at the same moment do not see each other: for each of them there may be one
    session too many, until that person signs in again.

    Raises:
        Stale: one of `start`'s own statements met another state.
        StoreUnavailable: the database does not answer, or this person signs in from everywhere at once.
    """
    for _ in range(_ATTEMPTS):
        ends, guard = await _room(sessions, start)
        try:
            await store.write(*start.first, *ends, *start.calls, *guard)
        except Stale as stale:
            # Somebody else ended that session, or started one: look again.
            if stale.call not in (*ends, *guard):
                raise
        else:
            return
    raise StoreUnavailable("store_busy", detail="sign-ins of one person at once")


async def _room(sessions: Sessions, start: Start) -> tuple[list[Call], list[Call]]:
    """What makes room, and what holds the unit to the limit."""
    user, now = start.session.user_id, int(start.at)
    surplus = await sessions.surplus(user, now=now, leaving=start.leaving.id if start.leaving else "")
    # In the order of their ids, so that two such units never wait for each other.
    ends = [
        call
        for session in sorted(surplus, key=lambda session: session.id)
        for call in ending(sessions, session, by="limit", at=start.at, source=start.source, once=True)
    ]
    return ends, [] if len(surplus) == ENDED_AT_ONCE else [sessions.within_limit(user, now=now)]
