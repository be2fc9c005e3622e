"""Introspection: a resource server asks whether a token is still good (RFC 7662)."""

from dataclasses import dataclass
from typing import Any

import msgspec

from gatepass.kernel.clock import Clock, now
from gatepass.server.audit.model import Source
from gatepass.server.clients.scopes import refreshed_scope
from gatepass.server.oauth.client_authentication import ClientAuthentication
from gatepass.server.oauth.credentials import Presented
from gatepass.server.oauth.own_tokens import OwnTokens
from gatepass.server.sessions.service import Sessions
from gatepass.server.users.model import User, UserSource
from gatepass.tokens.access import AccessClaims


class TokenState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a token is good, and if so what it says (RFC 7662 section 2.2).

    Attributes:
        active: False alone is all that is told of any token that is not good, or not for who asks.
        scope: what the token has and the person still holds, space-separated.
        username: as `preferred_username`.
        cnf: the key that whoever sends the token must prove to hold.
    """

    active: bool
    scope: str | None = None
    client_id: str | None = None
    username: str | None = None
    token_type: str | None = None
    exp: int | float | None = None
    iat: int | float | None = None
    sub: str | None = None
    aud: str | tuple[str, ...] | None = None
    iss: str | None = None
    jti: str | None = None
    sid: str | None = None
    auth_time: int | None = None
    acr: str | None = None
    amr: tuple[str, ...] | None = None
    cnf: dict[str, Any] | None = None
    preferred_username: str | None = None
    name: str | None = None
    email: str | None = None
    email_verified: bool | None = None


INACTIVE = TokenState(active=False)


@dataclass(frozen=True, slots=True)
class Introspection:
    """The endpoint. `await introspect(token, client=presented, source=…)`.

    Args:
        authenticate: lets resource servers in.
        tokens: reads our access tokens.
        sessions: say whether grant and session still stand.
        users: say whether the person is still there, and may.
        clock: seconds since the epoch.
    """

    authenticate: ClientAuthentication
    tokens: OwnTokens
    sessions: Sessions
    users: UserSource
    clock: Clock = now

    async def __call__(self, token: str, *, client: Presented | None, source: Source) -> TokenState:
        """The state of a token. Nothing is written, and a session's use is not noted.

        1. Client authentication (section 2.1): strangers cannot scan for tokens.
        2. An access token of ours that is good by itself: signature, type, issuer, times. A refresh
           token never is: it is between its client and this server.
        3. It names the service that asks (section 4); what others hold is none of its business.
        4. Grant and session stand, by the one liveness function.
        5. The person is there, and may.

        Raises:
            OAuthRefused: `invalid_client` or `throttled`.
            Unavailable: nobody can tell now.
        """
        service = await self.authenticate(client, source)
        at = self.clock()
        claims = await self.tokens.claims(token, now=at)
        if claims is None or service.audience not in claims.audiences:
            return INACTIVE
        if await self.sessions.live(claims.sid or "", now=int(at)) is None:
            return INACTIVE
        user = await self.users.find(claims.sub)
        if user is None or user.disabled:
            return INACTIVE
        return _state(claims, user)


def _state(claims: AccessClaims, user: User) -> TokenState:
    return TokenState(
        active=True,
        scope=refreshed_scope(None, claims.scope, user.scopes) or None,
        username=claims.preferred_username,
        token_type="Bearer",  # noqa: S106 - RFC 6750, not a password
        client_id=claims.client_id,
        exp=claims.exp,
        iat=claims.iat,
        sub=claims.sub,
        aud=claims.aud,
        iss=claims.iss,
        jti=claims.jti,
        sid=claims.sid,
        auth_time=claims.auth_time,
        acr=claims.acr,
        amr=claims.amr,
        cnf=claims.cnf,
        preferred_username=claims.preferred_username,
        name=claims.name,
        email=claims.email,
        email_verified=claims.email_verified,
    )
