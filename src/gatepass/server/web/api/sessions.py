"""One's own sessions: where one is signed in, and ending it there."""

import msgspec

from gatepass.gate import Requirement
from gatepass.http.refusals import NotFound
from gatepass.server.flows.end_sessions import EndSessions
from gatepass.server.flows.list_sessions import ListSessions, SessionInfo
from gatepass.server.web.api.operation import Done, Exchange, Operation
from gatepass.server.web.cookies import Cookies
from gatepass.server.web.viewers import Viewers


class SessionList(msgspec.Struct, frozen=True):
    """Live sessions, last used first."""

    sessions: list[SessionInfo]


class SessionApi:
    """Handlers of this subject."""

    def __init__(
        self, viewers: Viewers, cookies: Cookies, *, list_sessions: ListSessions, end_sessions: EndSessions
    ) -> None:
        self._viewers = viewers
        self._cookies = cookies
        self._list = list_sessions
        self._end = end_sessions

    async def show(self, exchange: Exchange) -> SessionList:
        """The one that asks is marked as current."""
        session = await self._viewers.session(exchange.identity)
        return SessionList(await self._list(exchange.identity.subject, current=session.id))

    async def end(self, exchange: Exchange) -> None:
        """Somebody else's session is as unknown as one that never was."""
        await self._end.one(exchange.identity.subject, exchange.parameters["id"], source=exchange.source)

    async def end_others(self, exchange: Exchange) -> None:
        """All but the one that asks."""
        session = await self._viewers.session(exchange.identity)
        await self._end.others(exchange.identity.subject, current=session.id, source=exchange.source)

    async def end_all(self, exchange: Exchange) -> Done:
        """The one that asks as well; a browser forgets its cookie."""
        await self._end.everywhere(exchange.identity.subject, source=exchange.source)
        by_cookie = exchange.identity.scheme == self._viewers.scheme
        return Done(None, (("set-cookie", self._cookies.session.clear()),) if by_cookie else ())

    def operations(self) -> list[Operation]:
        """The operations of this subject."""
        return [
            Operation(
                name="list_sessions",
                method="GET",
                path="/api/sessions",
                summary="Where I am signed in.",
                handler=self.show,
                answer=SessionList,
                requires=Requirement(),
            ),
            Operation(
                name="end_other_sessions",
                method="DELETE",
                path="/api/sessions",
                summary="End all my sessions but this one.",
                handler=self.end_others,
                requires=Requirement(),
            ),
            Operation(
                name="end_all_sessions",
                method="POST",
                path="/api/logout/everywhere",
                summary="End all my sessions, this one as well.",
                handler=self.end_all,
                requires=Requirement(),
            ),
            Operation(
                name="end_session",
                method="DELETE",
                path="/api/sessions/{id}",
                summary="End one of my sessions.",
                handler=self.end,
                requires=Requirement(),
                refusals=(NotFound,),
            ),
        ]
