"""The classic session of a service that keeps its own."""

from typing import Any, Protocol

import msgspec

from gatepass.gate.errors import SessionRefused
from gatepass.gate.identity import Identity
from gatepass.gate.strategies.cookie import SiteCookie, set_cookie, view_of
from gatepass.http.view import RequestView
from gatepass.kernel import clock
from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import new_id
from gatepass.tokens.sessions import SessionLimits, hash_secret, new_session_secret


class StoredSession(msgspec.Struct, frozen=True):
    """One signed-in browser, as a store keeps it.

    Attributes:
        id: public; neither the cookie's secret nor the store's key.
        identity: who it is.
        started_at, used_at: seconds since the epoch.
    """

    id: str
    identity: Identity
    started_at: float
    used_at: float


class SessionStore(Protocol):
    """Where sessions live, by the SHA-256 of the secret in their cookie."""

    limits: SessionLimits

    def add(self, key: bytes, session: StoredSession) -> None:
        """Keep a new session."""

    def use(self, key: bytes, now: float) -> StoredSession | None:
        """The session, marked as used at `now`; None when it is unknown or has ended."""

    def remove(self, key: bytes) -> None:
        """Forget a session, if it is there."""


class ServerSession:
    """A random secret in a cookie; what it stands for stays with the service.

    Only the service that started a session knows it: a token is the thing for several.

        sessions = ServerSession(MemoryStore())
        gate = Gate(..., accept=[BearerToken(), sessions])

        async def sign_in(request):
            response = RedirectResponse("/account", 303)
            await sessions.start(response, "user-17", request)
            return response

    `open` and `close` do the same for any framework: they give Set-Cookie values.

    Args:
        store: where sessions live.
        name: of the cookie, without prefix.
        url: public URL of the service; a gate that accepts the sessions gives its own.
        clock: reads the time.
    """

    scheme = "session"
    ambient = True

    def __init__(
        self, store: SessionStore, *, name: str = "session", url: str | None = None, clock: clock.Clock = clock.now
    ) -> None:
        self.store = store
        self.cookie = SiteCookie(name, url)
        self._clock = clock

    def secret(self, view: RequestView) -> str | None:
        """The secret in this request, if it has one.

        Raises:
            RequestRefused: the cookie came twice.
        """
        return self.cookie.rule.read(view)

    def identity(self, secret: str, now: float) -> Identity:
        """Who the secret stands for; the session counts as used.

        Raises:
            SessionRefused: `session_ended`.
        """
        session = self.store.use(hash_secret(secret), now)
        if session is None:
            raise SessionRefused("session_ended")
        return session.identity

    def open(self, who: Identity | str, request: Any = None) -> str:
        """Begin a session with a new secret and return the Set-Cookie value for it.

        Args:
            who: an identity, or the subject of a person who has just proved who they are.
            request: a request whose session, if it has one, ends with this.

        Raises:
            Misuse: nobody has named the public URL; or `who` is nobody.
        """
        rule, limits = self.cookie.rule, self.store.limits
        if request is not None:
            self._forget(request)
        now, secret = self._clock(), new_session_secret()
        identity = Identity(who, auth_time=int(now)) if isinstance(who, str) else who
        if not isinstance(identity, Identity) or not identity.subject:
            raise Misuse("A session is begun for an Identity, or the subject of a person.")
        public_id = new_id()
        kept = msgspec.structs.replace(
            identity, scheme=self.scheme, session=public_id, expires_at=int(now + limits.absolute)
        )
        self.store.add(hash_secret(secret), StoredSession(public_id, kept, now, now))
        return rule.set(secret, limits.absolute)

    def close(self, request: Any) -> str:
        """End the request's session, if it has one, and return the Set-Cookie value that clears the cookie.

        Raises:
            Misuse: nobody has named the public URL.
        """
        self._forget(request)
        return self.cookie.rule.clear()

    async def start(self, response: Any, who: Identity | str, request: Any = None) -> None:
        """`open`, with the cookie put on a Starlette or FastAPI response.

        Raises:
            Misuse: as `open`; or the response's headers cannot be appended to.
        """
        set_cookie(response, self.open(who, request))

    async def end(self, request: Any, response: Any) -> None:
        """`close`, with the cookie put on a Starlette or FastAPI response.

        Raises:
            Misuse: as `close`; or the response's headers cannot be appended to.
        """
        set_cookie(response, self.close(request))

    def _forget(self, request: Any) -> None:
        secret = self.secret(view_of(request))
        if secret is not None:
            self.store.remove(hash_secret(secret))
