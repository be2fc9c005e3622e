"""Access tokens that this server made, read back."""

from gatepass.jose import KeySet, TokenRefused, Verifier
from gatepass.server.keys.service import KeyRing
from gatepass.tokens.access import TYP, AccessClaims

CACHED = 2_048
"""Verified tokens that are remembered until the published keys change; their times are checked at every use."""
_REQUIRED = ("exp", "iat", "sub", "aud", "jti", "client_id")


class OwnTokens:
    """Verifies access tokens with the published keys of this server.

    Tokens of a trust group with a shared secret are not among them: every member can make one.

    Args:
        ring: the keys; what a revoked one has signed is no token of ours.
        issuer: what `iss` must be.
    """

    def __init__(self, ring: KeyRing, *, issuer: str) -> None:
        self._ring = ring
        self._issuer = issuer
        self._keys: KeySet | None = None
        self._verifier: Verifier[AccessClaims] | None = None

    async def claims(self, token: str, *, now: float) -> AccessClaims | None:
        """What an access token of ours says, if it is good at this moment; whose audience it names is not looked at.

        Args:
            now: seconds since the epoch.

        Raises:
            StoreUnavailable: the keys cannot be read.
        """
        try:
            return self._verifier_for(await self._ring.key_set()).verify(token, now=now)
        except TokenRefused:
            return None

    def _verifier_for(self, keys: KeySet) -> Verifier[AccessClaims]:
        if self._verifier is None or self._keys is not keys:
            self._keys = keys
            self._verifier = Verifier(
                keys,
                issuer=self._issuer,
                audience=None,
                typ=TYP,
                require=_REQUIRED,
                claims=AccessClaims,
                cache=CACHED,
            )
        return self._verifier
