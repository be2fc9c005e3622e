"""EdDSA: Ed25519 and Ed448 (RFC 8037, algorithm names of RFC 9864)."""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gatepass.jose import base64url
from gatepass.jose.algorithm import Members, PublicKeyAlgorithm, octets
from gatepass.jose.errors import KeyRefused

EdwardsPrivate = type[Ed25519PrivateKey] | type[Ed448PrivateKey]
EdwardsPublic = type[Ed25519PublicKey] | type[Ed448PublicKey]


class Edwards(PublicKeyAlgorithm):
    """Ed25519 or Ed448; the algorithm is named like its curve. Material: the curve's own key classes."""

    kty = "OKP"
    required = ("crv", "kty", "x")

    def __init__(self, name: str, private: EdwardsPrivate, public: EdwardsPublic) -> None:
        super().__init__(name, name)
        self._private, self._public = private, public

    def generate(self) -> Any:
        return self._private.generate()

    def load(self, jwk: Members) -> Any:
        x = octets(jwk, "x")
        if "d" not in jwk:
            return self._public.from_public_bytes(x)
        native = self._private.from_private_bytes(octets(jwk, "d"))
        if native.public_key().public_bytes_raw() != x:
            raise KeyRefused("malformed_key", "d belongs to another x")
        return native

    def dump(self, native: Any, *, private: bool) -> dict[str, str]:
        x = base64url.encode(self.public(native).public_bytes_raw())
        members = {"kty": self.kty, "crv": str(self.crv), "x": x}
        if private:
            members["d"] = base64url.encode(native.private_bytes_raw())
        return members

    def accept(self, native: Any) -> Any:
        if not isinstance(native, (self._private, self._public)):
            raise KeyRefused("unsupported_key", f"{self.name} needs a key of the curve {self.crv}")
        return native

    def is_private(self, native: Any) -> bool:
        return isinstance(native, self._private)

    def verify_raw(self, public: Any) -> Callable[[bytes, bytes], None]:
        verify: Callable[[bytes, bytes], None] = public.verify
        return verify

    def sign_raw(self, private: Any) -> Callable[[bytes], bytes]:
        sign: Callable[[bytes], bytes] = private.sign
        return sign
