"""End sessions from elsewhere: one of mine, all my others, any by the operator, or all after a restore."""

from dataclasses import dataclass

from gatepass.http.refusals import NotFound
from gatepass.kernel.clock import Clock, now
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.flows.ending import ending
from gatepass.server.sessions.model import Session
from gatepass.server.sessions.service import Sessions
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store


@dataclass(frozen=True, slots=True)
class EndSessions:
    """The use case. Every method raises StoreUnavailable when the sessions may still be there.

    Args:
        store: where the unit is written.
        sessions: owns the sessions.
        clock: seconds since the epoch.
    """

    store: Store
    sessions: Sessions
    clock: Clock = now

    async def one(self, user_id: str, session_id: str, *, source: Source) -> None:
        """End one session of this person.

        Raises:
            NotFound: it is over, or somebody else's: which of them is not told.
        """
        session = await self.sessions.by_id(session_id, now=int(self.clock()))
        if session is None or session.user_id != user_id:
            raise NotFound("not_found")
        await self._end(session, "other_device", source)

    async def others(self, user_id: str, *, current: str, source: Source) -> None:
        """End all sessions of this person but the one with the database id `current`."""
        await self._end_all(user_id, "other_device", current, source)

    async def everywhere(self, user_id: str, *, source: Source) -> None:
        """End all sessions of this person, the one that asks as well."""
        await self._end_all(user_id, "everywhere", None, source)

    async def by_operator(self, session_id: str, *, source: Source) -> None:
        """End any session.

        Raises:
            NotFound: it is over, or never was.
        """
        session = await self.sessions.by_id(session_id, now=int(self.clock()))
        if session is None:
            raise NotFound("not_found")
        await self._end(session, "operator", source)

    async def all_by_operator(self, user_id: str, *, source: Source) -> None:
        """End all sessions of a person."""
        await self._end_all(user_id, "operator", None, source)

    async def after_restore(self, *, source: Source) -> tuple[int, int]:
        """End every session there is, since each may have been ended before. How many, and of how many people.

        A database that was set back has forgotten sign-outs, changed passwords and closed accounts. Which
        of its sessions they ended, nobody can tell from it; and not even a refresh token that is newer than
        its row proves that its session was not ended after that. Cut off, it is begun again.
        """
        sessions = people = 0
        async for user_id in self.sessions.people():
            sessions += await self._end_all(user_id, "restore", None, source)
            people += 1
        return sessions, people

    async def _end(self, session: Session, by: str, source: Source) -> None:
        end = ending(self.sessions, session, by=by, at=self.clock(), source=source, once=True)
        try:
            await self.store.write(*end)
        except Stale:
            raise NotFound("not_found") from None

    async def _end_all(self, user_id: str, by: str, kept: str | None, source: Source) -> int:
        at = self.clock()
        end = self.sessions.ending_all(user_id, by=by, now=int(at), except_session=kept)
        line = event("sessions_ended", at=at, source=source, user=user_id, session=kept, detail={"by": by})
        ended, *_ = await self.store.write(*end, line)
        return len(ended)
