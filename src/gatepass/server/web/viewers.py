"""Who is looking: the session cookie of this server, for pages, its own API and gates in this process."""

from dataclasses import dataclass

from gatepass.gate import Identity
from gatepass.gate.errors import SessionRefused
from gatepass.http.cookies import CookieRule
from gatepass.http.proxies import Proxies
from gatepass.http.view import RequestView
from gatepass.kernel.clock import Clock
from gatepass.server.sessions.model import Session
from gatepass.server.sessions.service import Sessions
from gatepass.server.users.model import User, UserSource
from gatepass.server.web.exchange import source_of


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person at a browser."""

    session: Session
    user: User


class Viewers:
    """Recognises people by the session cookie. It is also a gate's `Strategy`.

    Args:
        issuer: `Identity.issuer` of those recognised.
        cookie: which cookie carries the session.
        clock: seconds since the epoch.
    """

    scheme = "session"

    def __init__(
        self,
        sessions: Sessions,
        users: UserSource,
        *,
        issuer: str,
        cookie: CookieRule,
        proxies: Proxies,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._users = users
        self._issuer = issuer
        self._cookie = cookie
        self._proxies = proxies
        self._clock = clock

    async def viewer(self, view: RequestView) -> Viewer | None:
        """Who looks at a page, or None; the session's last use is noted.

        Raises:
            RequestRefused: the cookie came twice.
            Unavailable: the database, or a team's own table of users, does not answer.
        """
        secret = self._cookie.read(view)
        if secret is None:
            return None
        source = source_of(view, self._proxies)
        session = await self._sessions.recognise(secret, now=int(self._clock()), source=source)
        user = None if session is None else await self._users.find(session.user_id)
        # A disabled or deleted user has no session any more; the user is asked for all the same.
        return None if session is None or user is None or user.disabled else Viewer(session, user)

    async def __call__(self, request: RequestView, /) -> Identity | None:
        """The identity behind the session cookie, None without one (see `gate.Strategy`).

        Raises:
            SessionRefused: there is a cookie, but its session has ended.
        """
        if self._cookie.read(request) is None:
            return None
        found = await self.viewer(request)
        if found is None:
            raise SessionRefused("session_ended")
        session, user = found.session, found.user
        return Identity(
            user.subject,
            issuer=self._issuer,
            scopes=frozenset(user.scopes),
            session=session.id,
            auth_time=session.auth_time,
            acr=session.acr,
            amr=tuple(session.amr),
            expires_at=min(session.idle_until, session.absolute_until),
            username=user.username,
            email=user.email,
            name=user.name,
            scheme=self.scheme,
        )

    async def session(self, identity: Identity) -> Session:
        """The live session that an identity of this server stands for.

        Raises:
            SessionRefused: it ended in this moment.
        """
        now = int(self._clock())
        session: Session | None
        if identity.scheme == self.scheme:
            session = await self._sessions.by_id(identity.session or "", now=now)
        else:
            grant = await self._sessions.live(identity.session or "", now=now)
            session = None if grant is None else grant.session
        if session is None:
            raise SessionRefused("session_ended")
        return session

    async def is_live(self, identity: Identity) -> bool:
        """Whether session and user still stand: what makes this server refuse at once after a sign-out."""
        try:
            await self.session(identity)
        except SessionRefused:
            return False
        user = await self._users.find(identity.subject)
        return user is not None and not user.disabled
