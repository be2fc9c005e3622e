"""An issuer for tests: its own key, real tokens, no server."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from gatepass.jose import Key, KeySet, Signer, jws
from gatepass.kernel import clock
from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import new_id
from gatepass.tokens.access import TYP


class TestIssuer:
    """Signs access tokens that a gate with `trust=` this issuer takes for real, because they are.

        issuer = TestIssuer()
        app.dependency_overrides[gate] = Gate(trust=issuer, audience="https://shop.example.com")
        token = issuer.token(subject="anna", audience="https://shop.example.com", scope="orders:read")

    A gate refuses what `revoke` has taken back with `token_revoked`, at the next request; it need not
    wait for a status list, and routes with `live=True` are served.

    Args:
        issuer: what its tokens say in `iss`.
        alg: algorithm of its key.
        clock: reads the time.

    Attributes:
        issuer: as given.
        keys: its key, private; never one of production.
    """

    __test__ = False  # pytest takes classes of this name for tests

    def __init__(
        self, issuer: str = "https://issuer.test", *, alg: str = "ES256", clock: clock.Clock = clock.now
    ) -> None:
        self.issuer = issuer
        self.keys = KeySet([Key.generate(alg)])
        self._clock = clock
        self._revoked: set[str] = set()

    def token(
        self,
        *,
        audience: str | Sequence[str],
        subject: str = "test-user",
        scope: str | Iterable[str] = "",
        lifetime: int = 300,
        typ: str | None = TYP,
        now: float | None = None,
        **claims: Any,
    ) -> str:
        """A signed access token (RFC 9068).

        Args:
            audience: whom it is for.
            scope: one text with spaces between, or several texts.
            lifetime: seconds; negative for a token that has expired.
            typ: of the header.
            now: when it is issued, and the person signed in; the clock's time if not given.
            claims: further claims, or others for those above; None leaves one out.

        Raises:
            Misuse: a claim cannot be signed.
        """
        issued = int(self._clock() if now is None else now)
        said = {
            "iss": self.issuer,
            "sub": subject,
            "aud": audience if isinstance(audience, str) else list(audience),
            "exp": issued + lifetime,
            "iat": issued,
            "jti": new_id(),
            "client_id": "test-client",
            "scope": scope if isinstance(scope, str) else " ".join(scope),
            "sid": new_id(),
            "auth_time": issued,
            **claims,
        }
        signer = Signer(next(iter(self.keys)), typ=typ)
        return signer.sign({name: value for name, value in said.items() if value is not None})

    def revoke(self, token: str) -> None:
        """End the session of one of this issuer's tokens, as a sign-out does: all its tokens are refused from now on.

        Raises:
            TokenRefused: it is no token of this issuer.
            Misuse: it names no session and has no id.
        """
        claims = msgspec.json.decode(jws.verify(token, self.keys), type=dict[str, Any])
        named = claims.get("sid") or claims.get("jti")
        if not isinstance(named, str):
            raise Misuse("A token is taken back by its session (sid), or its id (jti); this one has neither.")
        self._revoked.add(named)

    def is_revoked(self, *, session: str | None, token_id: str | None) -> bool:
        """Whether the session, or the one token, was ended. Gates ask this."""
        return session in self._revoked or token_id in self._revoked
