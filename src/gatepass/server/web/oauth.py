"""The OAuth endpoints over HTTP: revocation (RFC 7009) and introspection (RFC 7662)."""

import msgspec

from gatepass.http.refusals import RequestRefused
from gatepass.http.view import RequestView
from gatepass.server.oauth.credentials import Presented, presented
from gatepass.server.oauth.errors import OAuthRefused
from gatepass.server.oauth.introspection import Introspection, TokenState
from gatepass.server.oauth.revocation import Revocation
from gatepass.server.users.errors import UsersUnavailable
from gatepass.server.web.api.operation import Exchange, Operation

REVOCATION_PATH = "/oauth/revoke"
INTROSPECTION_PATH = "/oauth/introspect"


class TokenForm(msgspec.Struct, kw_only=True):
    """A token, and who asks about it unless the Authorization header says so.

    Attributes:
        token_type_hint: taken and not needed: the form of a token tells its kind.
    """

    token: str
    token_type_hint: str | None = None
    client_id: str | None = None
    client_secret: str | None = None

    def __repr__(self) -> str:
        return "TokenForm(…)"


class Revoked(msgspec.Struct):
    """Nothing is said: clients look at the status only (RFC 7009 section 2.2)."""


class OAuthApi:
    """Handlers of the OAuth endpoints. No cookie counts here, so no rule about other sites is needed."""

    def __init__(self, revocation: Revocation, introspection: Introspection) -> None:
        self._revocation = revocation
        self._introspection = introspection

    async def revoke(self, exchange: Exchange) -> Revoked:
        """End the grant of a token."""
        form: TokenForm = exchange.body
        await self._revocation(form.token, client=_client(exchange.view, form), source=exchange.source)
        return Revoked()

    async def introspect(self, exchange: Exchange) -> TokenState:
        """Tell a resource server whether a token is good."""
        form: TokenForm = exchange.body
        return await self._introspection(form.token, client=_client(exchange.view, form), source=exchange.source)

    def operations(self) -> list[Operation]:
        """The operations of this subject."""
        return [
            Operation(
                name="revoke",
                method="POST",
                path=REVOCATION_PATH,
                summary="End the grant of a refresh token, or of an access token for this server (RFC 7009).",
                handler=self.revoke,
                body=TokenForm,
                answer=Revoked,
                oauth=True,
                refusals=(OAuthRefused,),
            ),
            Operation(
                name="introspect",
                method="POST",
                path=INTROSPECTION_PATH,
                summary="Tell a service whether an access token that names it is good (RFC 7662).",
                handler=self.introspect,
                body=TokenForm,
                answer=TokenState,
                oauth=True,
                refusals=(OAuthRefused, UsersUnavailable),
            ),
        ]


def _client(view: RequestView, form: TokenForm) -> Presented | None:
    try:
        authorization = view.header("authorization")
    except RequestRefused:
        raise OAuthRefused("invalid_request", detail="the Authorization header came twice") from None
    return presented(authorization, form.client_id, form.client_secret)
