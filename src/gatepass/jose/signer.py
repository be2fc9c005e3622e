"""Signing JSON Web Tokens (RFC 7519 section 7.1)."""

from typing import Any

import msgspec

from gatepass.jose import base64url
from gatepass.jose.claims import registered
from gatepass.jose.jws import encode_header, to_json
from gatepass.jose.key import Key
from gatepass.kernel import clock as kernel_clock
from gatepass.kernel.clock import Clock
from gatepass.kernel.errors import Misuse

_decode_registered = msgspec.json.Decoder(registered()).decode


class Signer:
    """Signs claims with one key.

    Args:
        key: a private key or secret; its `kid` goes into the header.
        typ: type of the token (RFC 8725 section 3.11), such as `at+jwt`.
        issuer: `iss` of every token.
        lifetime: seconds; every token then gets `iat` and `exp`, unless its claims bring their own.
        clock: where `now` comes from when `sign` is not told.

    Raises:
        Misuse: the key may not sign, or the lifetime is not positive.
    """

    def __init__(
        self,
        key: Key,
        *,
        typ: str | None = None,
        issuer: str | None = None,
        lifetime: int | None = None,
        clock: Clock = kernel_clock.now,
    ) -> None:
        if lifetime is not None and not lifetime > 0:
            raise Misuse("The lifetime of a token is a positive number of seconds.")
        self._issuer, self._lifetime, self._clock = issuer, lifetime, clock
        self._token = key.signer(encode_header(key, {} if typ is None else {"typ": typ}))
        self.key = key

    def sign(self, claims: dict[str, Any] | msgspec.Struct, *, now: float | None = None) -> str:
        """The claims as a signed compact token.

        Args:
            claims: a dict, or a Struct (with `omit_defaults=True`, so that what is absent is left out).
            now: seconds since the epoch; the clock's if not given.

        Raises:
            Misuse: the claims are no JSON object, name another issuer, or hold a
                registered claim of a type that every strict verifier refuses.
        """
        if self._issuer is not None or self._lifetime is not None:
            claims = self._filled(claims, now)
        body = to_json(claims)
        try:
            _decode_registered(body)
        except msgspec.ValidationError as error:
            raise Misuse(f"These claims would be refused everywhere: {error}.") from None
        return self._token(base64url.encode(body))

    def _filled(self, claims: dict[str, Any] | msgspec.Struct, now: float | None) -> dict[str, Any]:
        members: dict[str, Any] = msgspec.to_builtins(claims) if isinstance(claims, msgspec.Struct) else dict(claims)
        if self._issuer is not None and members.setdefault("iss", self._issuer) != self._issuer:
            raise Misuse("The claims name another issuer than this signer.")
        if self._lifetime is not None:
            issued = members.setdefault("iat", int(self._clock() if now is None else now))
            members.setdefault("exp", issued + self._lifetime)
        return members
