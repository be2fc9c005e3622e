"""HMAC with SHA-2 (RFC 7518 section 3.2) and its secrets (section 6.4).

The hash states after the key pad, and after the header, are computed once; a token
then costs two copies of them. The code is compared in its encoded form, so nothing
that a stranger wrote is decoded before it proved to be ours.
"""

import hashlib
import hmac
from typing import Any

from gatepass.jose import base64url
from gatepass.jose.algorithm import Algorithm, Check, Members, Sign, octets
from gatepass.jose.errors import KeyRefused
from gatepass.kernel import ids

_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))


class Hmac(Algorithm):
    """HS256, HS384, HS512. Material: the secret's bytes."""

    kty = "oct"
    symmetric = True
    required = ("k", "kty")

    def __init__(self, name: str, hash_name: str) -> None:
        super().__init__(name)
        self._hash_name = hash_name
        self.min_bytes = hashlib.new(hash_name).digest_size

    def generate(self) -> bytes:
        return ids.new_bytes(self.min_bytes)

    def load(self, jwk: Members) -> bytes:
        return self.accept(octets(jwk, "k"))

    def dump(self, native: bytes, *, private: bool) -> dict[str, str]:
        return {"kty": self.kty, "k": base64url.encode(native)}

    def accept(self, native: Any) -> bytes:
        """RFC 7518 section 3.2: the secret is at least as long as the hash."""
        if not isinstance(native, bytes):
            raise KeyRefused("unsupported_key", f"{self.name} needs a secret")
        if len(native) < self.min_bytes:
            raise KeyRefused("weak_key", f"{self.name} needs a secret of at least {self.min_bytes} bytes")
        return native

    def is_private(self, native: bytes) -> bool:
        return True

    def check(self, native: bytes, head: str) -> Check:
        mac, same = self._mac(native, head), hmac.compare_digest

        def check(payload: str, signature: str) -> bool:
            return same(mac(payload), signature)

        return check

    def sign(self, native: bytes, head: str) -> Sign:
        mac, prefix = self._mac(native, head), head + "."

        def token(payload: str) -> str:
            return f"{prefix}{payload}.{mac(payload)}"

        return token

    def _mac(self, secret: bytes, head: str) -> Sign:
        """Payload segment → its code as base64url (RFC 2104, pads applied once)."""
        block = hashlib.new(self._hash_name).block_size
        if len(secret) > block:
            secret = hashlib.new(self._hash_name, secret).digest()
        secret = secret.ljust(block, b"\0")
        inner = hashlib.new(self._hash_name, secret.translate(_INNER_PAD) + head.encode() + b".").copy
        outer = hashlib.new(self._hash_name, secret.translate(_OUTER_PAD)).copy
        encode = base64url.encode

        def mac(payload: str) -> str:
            state = inner()
            state.update(payload.encode())
            last = outer()
            last.update(state.digest())
            return encode(last.digest())

        return mac
