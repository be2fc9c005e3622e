"""Octet key pairs: the Edwards curves sign, the Montgomery curves agree on keys (RFC 8037 section 2)."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from gatepass.jose import base64url
from gatepass.jose.errors import KeyRefused
from gatepass.jose.key_types.edwards import EDWARDS448, EDWARDS25519, Edwards
from gatepass.jose.key_types.key_type import KeyType, Members, octets


class Okp(KeyType):
    """Material: the curve's own key classes.

    Any 32 or 56 bytes are a public key of a Montgomery curve; those that let everybody know the
    agreed secret are refused where a secret is agreed on (RFC 7748 section 6).
    """

    kty = "OKP"
    required = ("crv", "kty", "x")

    def __init__(self, crv: str, private: Any, public: Any, edwards: Edwards | None = None) -> None:
        self.crv = crv
        self._private, self._public, self._edwards = private, public, edwards

    def generate(self, bits: int | None) -> Any:
        return self._private.generate()

    def load(self, jwk: Members) -> Any:
        x = octets(jwk, "x")
        if "d" not in jwk:
            native = self._public.from_public_bytes(x)
            self.check(native)
            return native
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

    def owns(self, native: Any) -> bool:
        return isinstance(native, (self._private, self._public))

    def is_private(self, native: Any) -> bool:
        return isinstance(native, self._private)

    def check(self, native: Any) -> None:
        if self._edwards is not None and not self.is_private(native):
            self._edwards.check(native.public_bytes_raw())


ED25519 = Okp("Ed25519", Ed25519PrivateKey, Ed25519PublicKey, EDWARDS25519)
ED448 = Okp("Ed448", Ed448PrivateKey, Ed448PublicKey, EDWARDS448)
X25519 = Okp("X25519", X25519PrivateKey, X25519PublicKey)
X448 = Okp("X448", X448PrivateKey, X448PublicKey)
