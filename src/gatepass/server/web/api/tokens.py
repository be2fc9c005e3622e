"""Sign in for tokens, refresh them, sign out."""

from collections.abc import Sequence

from gatepass.gate import Requirement
from gatepass.http.refusals import AccessRefused
from gatepass.server.clients.errors import GrantRefused
from gatepass.server.clients.model import FIRST_PARTY
from gatepass.server.flows.refresh import Refresh
from gatepass.server.flows.sign_in import SignIn
from gatepass.server.flows.sign_out import SignOut
from gatepass.server.issuing.answer import TokenAnswer
from gatepass.server.users.errors import SignInRefused, UsersUnavailable
from gatepass.server.web.api.operation import Done, Exchange, Operation
from gatepass.server.web.bodies import Body
from gatepass.server.web.cookies import DEVICE_SECONDS, Cookies
from gatepass.server.web.viewers import Viewers

_ELSEWHERE = frozenset({"cross-site", "same-site"})


class LoginBody(Body):
    """Who signs in, and what the tokens should be good for.

    Attributes:
        identifier: username or e-mail address.
        scope: scopes asked for, separated by spaces; when absent, all that the user holds but
            what would put personal data into the token.
        resource: the service, or services of one trust group, that will accept the token
            (RFC 8707); this server's own API when absent.
    """

    identifier: str
    password: str
    scope: str | None = None
    resource: str | list[str] | None = None


class RefreshBody(Body):
    """A refresh token, and optionally less than it could have (RFC 6749 section 6)."""

    refresh_token: str
    scope: str | None = None
    resource: str | list[str] | None = None


class LogoutBody(Body):
    """The refresh token whose session ends; without it, the session that the request came with."""

    refresh_token: str | None = None


class TokenApi:
    """Handlers of the token strategy."""

    def __init__(
        self, viewers: Viewers, cookies: Cookies, *, sign_in: SignIn, refresh: Refresh, sign_out: SignOut
    ) -> None:
        self._viewers = viewers
        self._cookies = cookies
        self._sign_in = sign_in
        self._refresh = refresh
        self._sign_out = sign_out

    async def login(self, exchange: Exchange) -> Done:
        """The device cookie lets this client in while strangers try passwords for the same user."""
        body: LoginBody = exchange.body
        signed_in = await self._sign_in.api(
            body.identifier,
            body.password,
            exchange.source,
            device=self._cookies.device.read(exchange.view),
            scope=body.scope,
            resource=_sequence(body.resource),
        )
        if exchange.view.header("sec-fetch-site") in _ELSEWHERE:
            # A form of another site signs somebody else in: that must not take the place of a known device.
            return Done(signed_in.tokens, ())
        return Done(signed_in.tokens, (("set-cookie", self._cookies.device.set(signed_in.device, DEVICE_SECONDS)),))

    async def refresh(self, exchange: Exchange) -> TokenAnswer:
        """One step of the refresh family; the answer may be asked for again within the grace."""
        body: RefreshBody = exchange.body
        return await self._refresh(
            body.refresh_token,
            client_id=FIRST_PARTY,
            scope=body.scope,
            resource=_sequence(body.resource),
            source=exchange.source,
        )

    async def logout(self, exchange: Exchange) -> Done:
        """End the session of the refresh token, or the one this request came with; idempotent.

        The cookie is cleared only where it was shown: another site's form comes without it,
        and its answer would sign the browser out all the same.
        """
        body: LogoutBody = exchange.body
        if body.refresh_token is not None:
            await self._sign_out.by_refresh_token(body.refresh_token, source=exchange.source)
            return Done(None, ())
        if exchange.who is None:
            raise AccessRefused("credential_required")
        session = await self._viewers.session(exchange.who)
        await self._sign_out(session.id, source=exchange.source)
        by_cookie = exchange.who.scheme == self._viewers.scheme
        return Done(None, (("set-cookie", self._cookies.session.clear()),) if by_cookie else ())

    def operations(self) -> list[Operation]:
        """The operations of this subject."""
        return [
            Operation(
                name="login",
                method="POST",
                path="/api/login",
                summary="Sign in with a username or e-mail address and a password, for tokens.",
                handler=self.login,
                hashes=True,
                body=LoginBody,
                answer=TokenAnswer,
                refusals=(SignInRefused, GrantRefused, UsersUnavailable),
            ),
            Operation(
                name="refresh",
                method="POST",
                path="/api/refresh",
                summary="Exchange a refresh token for its successor and a fresh access token.",
                handler=self.refresh,
                body=RefreshBody,
                answer=TokenAnswer,
                refusals=(GrantRefused, UsersUnavailable),
            ),
            Operation(
                name="logout",
                method="POST",
                path="/api/logout",
                summary="End the session of the refresh token, or the one that this request came with.",
                handler=self.logout,
                body=LogoutBody,
                requires=Requirement(),
                guests=True,
            ),
        ]


def _sequence(asked: str | list[str] | None) -> Sequence[str]:
    return () if asked is None else (asked,) if isinstance(asked, str) else tuple(asked)
