"""HMAC with SHA-2 (RFC 7518 section 3.2) and its secrets (section 6.4).

The hash states after the key pad, and after the header, are computed once; a token
then costs two copies of them. The code is compared in its encoded form, so nothing
that a stranger wrote is decoded before it proved to be ours.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from pybase64 import b64encode_as_string

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
        self._hash = hash_name
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

    def _mac(self, secret: bytes, head: str) -> Callable[[str], str]:
        """Payload segment → its authentication code as base64url (RFC 2104 section 2, the pads applied once)."""
        block = hashlib.new(self._hash).block_size
        if len(secret) > block:
            secret = hashlib.new(self._hash, secret).digest()
        secret = secret.ljust(block, b"\0")
        inner = hashlib.new(self._hash, secret.translate(_INNER_PAD) + head.encode() + b".").copy
        outer = hashlib.new(self._hash, secret.translate(_OUTER_PAD)).copy
        encode, length = b64encode_as_string, (self.min_bytes * 8 + 5) // 6

        def mac(payload: str) -> str:
            state = inner()
            state.update(payload.encode())
            code = outer()
            code.update(state.digest())
            return encode(code.digest(), b"-_")[:length]

        return mac
