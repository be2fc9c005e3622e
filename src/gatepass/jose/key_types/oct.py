"""Secrets (RFC 7518 section 6.4). How long one must be depends on what it is used for."""

from typing import Any

from gatepass.jose import base64url
from gatepass.jose.key_types.key_type import KeyType, Members, octets
from gatepass.kernel import ids


class Oct(KeyType):
    """Material: bytes."""

    kty = "oct"
    symmetric = True
    sized = True
    needs_alg = True
    private_members = ("k",)
    required = ("k", "kty")

    def generate(self, bits: int | None) -> bytes:
        return ids.new_bytes((bits or 256) // 8)

    def load(self, jwk: Members) -> bytes:
        return octets(jwk, "k")

    def dump(self, native: bytes, *, private: bool) -> dict[str, str]:
        return {"kty": self.kty, "k": base64url.encode(native)}

    def owns(self, native: Any) -> bool:
        return isinstance(native, bytes)

    def is_private(self, native: bytes) -> bool:
        return True

    def public(self, native: bytes) -> bytes:
        """The secret itself: it is the only half there is."""
        return native


OCT = Oct()
