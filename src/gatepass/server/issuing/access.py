"""Access tokens (RFC 9068)."""

from collections.abc import Mapping
from typing import Any

from gatepass.jose import Key, Signer
from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import new_id
from gatepass.kernel.secret import Secret
from gatepass.server.clients.model import Target
from gatepass.server.keys.service import KeyRing
from gatepass.server.sessions.model import Grant, LiveGrant
from gatepass.server.users.model import User
from gatepass.tokens.access import TYP, AccessClaims
from gatepass.tokens.status_list import status_uri

LIFETIME = 300
"""Seconds. Short, because a gate that asks nobody accepts a token until it expires (RFC 9700 section 2.2)."""
MIN_SECRET_BYTES = 32


class AccessTokens:
    """Makes access tokens.

    Args:
        ring: signs, with the public key algorithm that everybody can verify.
        issuer: `iss` of every token.
        lifetime: seconds until a token expires.
        shared_secrets: by trust group, secrets that its members hold. Their tokens are
            HS256 with `kid` the group's name; our own API never accepts such a token.

    Raises:
        Misuse: a shared secret is shorter than 32 bytes, or the lifetime is not positive.
    """

    def __init__(
        self,
        ring: KeyRing,
        *,
        issuer: str,
        lifetime: int = LIFETIME,
        shared_secrets: Mapping[str, Secret] | None = None,
    ) -> None:
        if lifetime < 1:
            raise Misuse("An access token lives for at least a second.")
        self._ring = ring
        self._issuer = issuer
        self._lifetime = lifetime
        self._shared = {group: _shared_signer(group, secret) for group, secret in (shared_secrets or {}).items()}

    async def issue(self, user: User, live: LiveGrant, *, scope: str, target: Target, now: int) -> tuple[str, int]:
        """A signed access token, and the seconds it is good for.

        Args:
            user: as `find` or `authenticate` just returned it.
            live: the grant and its session; `auth_time`, `amr` and `acr` come from there.
            scope: what this token gets, space-separated.
            target: for whom it is.
            now: seconds since the epoch.

        Raises:
            StoreUnavailable: the signing keys cannot be read.
        """
        signer = self._shared.get(target.trust_group or "") or await self._ring.signer(TYP)
        return signer.sign(self._claims(user, live, scope, target, now)), self._lifetime

    def _claims(self, user: User, live: LiveGrant, scope: str, target: Target, now: int) -> AccessClaims:
        # Which scope tells what: OpenID Connect Core section 5.4.
        names = scope.split()
        profile, email = "profile" in names, "email" in names and user.email is not None
        return AccessClaims(
            iss=self._issuer,
            sub=user.subject,
            aud=target.audiences[0] if len(target.audiences) == 1 else target.audiences,
            exp=now + self._lifetime,
            iat=now,
            jti=new_id(),
            client_id=live.grant.client_id,
            scope=scope,
            sid=live.grant.sid,
            auth_time=live.session.auth_time,
            acr=live.session.acr,
            amr=live.session.amr,
            preferred_username=user.username if profile else None,
            name=user.name if profile else None,
            email=user.email if email else None,
            email_verified=user.email_verified if email else None,
            status=self._status(live.grant),
        )

    def _status(self, grant: Grant) -> dict[str, Any] | None:
        """Where to learn that the grant has ended (draft-ietf-oauth-status-list-21 section 6.2)."""
        if grant.status_list is None:
            return None
        uri = status_uri(self._issuer, grant.status_list)
        return {"status_list": {"idx": grant.status_idx, "uri": uri}}


def _shared_signer(group: str, secret: Secret) -> Signer:
    if not group or len(secret.reveal()) < MIN_SECRET_BYTES:
        raise Misuse(f"The shared secret of a trust group has at least {MIN_SECRET_BYTES} bytes.")
    return Signer(Key.from_secret(secret, alg="HS256", kid=group), typ=TYP)
