"""An issuer for tests: its own key, real tokens, no server."""

from collections.abc import Iterable, Sequence
from typing import Any

from gatepass.jose import Key, KeySet, Signer
from gatepass.kernel import clock
from gatepass.kernel.ids import new_id
from gatepass.tokens.access import TYP


class TestIssuer:
    """Signs access tokens that a gate with `trust=` this issuer takes for real, because they are.

        issuer = TestIssuer()
        app.dependency_overrides[gate] = Gate(trust=issuer, audience="https://shop.example.com")
        token = issuer.token(subject="anna", audience="https://shop.example.com", scope="orders:read")

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
