"""Revocation: a client gives back what it was granted (RFC 7009)."""

from dataclasses import dataclass

from gatepass.kernel.clock import Clock, now
from gatepass.server.audit.model import Source
from gatepass.server.clients.model import FIRST_PARTY
from gatepass.server.flows.revoke_grant import RevokeGrant, Revoking
from gatepass.server.oauth.client_authentication import ClientAuthentication
from gatepass.server.oauth.credentials import Presented
from gatepass.server.oauth.errors import OAuthRefused
from gatepass.server.oauth.own_tokens import OwnTokens
from gatepass.server.sessions import refresh_token as refresh_tokens
from gatepass.server.sessions.refresh_token import RefreshToken
from gatepass.server.sessions.service import Sessions


@dataclass(frozen=True, slots=True)
class _Caller:
    """The client that asks. A public one has proved nothing: its token has to."""

    client_id: str
    public: bool


@dataclass(frozen=True, slots=True)
class Revocation:
    """The endpoint. `await revoke(token, client=presented, source=…)`.

    Args:
        authenticate: lets confidential clients in.
        tokens: reads our access tokens.
        sessions: own grants and refresh tokens.
        end: ends a grant.
        issuer: our own API, as tokens name it.
        clock: seconds since the epoch.
    """

    authenticate: ClientAuthentication
    tokens: OwnTokens
    sessions: Sessions
    end: RevokeGrant
    issuer: str
    clock: Clock = now

    async def __call__(self, token: str, *, client: Presented | None, source: Source) -> None:
        """End the grant behind a token, and nothing else (section 2.1).

        1. The client. Who shows a secret is authenticated; who shows none is the built-in public
           client, whose proof is the token itself.
        2. What kind of token it is, by its form: no hint is needed (section 2.1 makes it optional).
           Of what was never ours, or is over, nothing is said and nothing changes (section 2.2).
        3. It was given to this client; else refused and audited, and nothing changes.
        4. A public client that shows an access token: only one for this server itself. A token for
           a service is held by that service too, which must not be able to sign people out.
        5. The grant ends with its refresh tokens; the session and its other grants go on.

        Raises:
            OAuthRefused: `invalid_client`, `throttled`, `unauthorized_client` or `unsupported_token_type`.
            StoreUnavailable: the grant may still be there; ask again.
        """
        caller = await self._caller(client, source)
        parsed = refresh_tokens.parse(token)
        if parsed is not None:
            await self._by_refresh_token(parsed, caller, source)
        else:
            await self._by_access_token(token, caller, source)

    async def _caller(self, client: Presented | None, source: Source) -> _Caller:
        if client is not None and client.secret is not None:
            return _Caller((await self.authenticate(client, source)).id, public=False)
        if client is not None and client.client_id != FIRST_PARTY:
            raise OAuthRefused("invalid_client")
        return _Caller(FIRST_PARTY, public=True)

    async def _by_refresh_token(self, token: RefreshToken, caller: _Caller, source: Source) -> None:
        chain = await self.sessions.chain(token.family)
        # Without a real token nobody ends a grant, and nobody fills the audit.
        if chain is None or not self.sessions.genuine(token, chain.family):
            return
        revoking = Revoking(chain.grant, "refresh_token", caller.client_id, source)
        await self._check_client(revoking)
        await self.end(revoking)

    async def _by_access_token(self, token: str, caller: _Caller, source: Source) -> None:
        at = self.clock()
        claims = await self.tokens.claims(token, now=at)
        live = None if claims is None else await self.sessions.live(claims.sid or "", now=int(at))
        if claims is None or live is None:
            return
        revoking = Revoking(live.grant, "access_token", caller.client_id, source)
        await self._check_client(revoking)
        if caller.public and claims.audiences != (self.issuer,):
            raise OAuthRefused("unsupported_token_type")
        await self.end(revoking)

    async def _check_client(self, revoking: Revoking) -> None:
        if revoking.grant.client_id != revoking.asked_by:
            await self.end.refused(revoking)
            raise OAuthRefused("unauthorized_client")
