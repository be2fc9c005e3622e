"""The engine's own rules, asked about one thing at a time.

A verifier stops at the first thing that is wrong, and looks at no claim before the
signature is good. A person wants to see all of it. So parts of a token are put under
a seal of our own, with a secret that nobody else ever knows, and a verifier that
trusts this seal alone is asked about them. No rule is written a second time here.
"""

from typing import Any

from gatepass.inspection.verdict import Asked
from gatepass.jose import Key, KeySet, TokenRefused, Verifier, jws
from gatepass.kernel.ids import new_bytes

MAX_BYTES = 65_536
"""A seal makes a token a little longer than it was."""

_NOTHING: dict[str, Any] = {"issuer": None, "audience": None, "typ": None, "require": ()}


class Seal:
    """Asks the engine about parts of a token whose signature does not matter."""

    def __init__(self, asked: Asked) -> None:
        self._key = Key.from_secret(new_bytes(32), alg="HS256")
        self._now, self._leeway = asked.now, asked.leeway

    def refusal(self, payload: bytes, header: dict[str, str] | None = None, **asked: Any) -> TokenRefused | None:
        """What the engine has against this payload, when only `asked` is asked of it; None: nothing."""
        token = jws.sign(payload, self._key, header=header)
        verifier = Verifier(self._key, leeway=self._leeway, max_bytes=MAX_BYTES, **{**_NOTHING, **asked})
        return refused(verifier, token, self._now)


def refused(verifier: Verifier[Any], token: str, now: float) -> TokenRefused | None:
    """The refusal, if there is one."""
    try:
        verifier.verify(token, now=now)
    except TokenRefused as refusal:
        return refusal
    return None


def envelope_refusal(keys: KeySet | Key, token: str, now: float) -> TokenRefused | None:
    """What the engine has against form, header, key or signature; a later refusal counts as well."""
    return refused(Verifier(keys, **_NOTHING), token, now)
