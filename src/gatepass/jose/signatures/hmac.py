"""HMAC with SHA-2 (RFC 7518 section 3.2).

The hash states after the key pad, and after the header, are computed once; a token
then costs two copies of them. The code is compared in its encoded form, so nothing
that a stranger wrote is decoded before it proved to be ours.
"""

import hashlib
import hmac
from collections.abc import Callable

from pybase64 import b64encode_as_string

from gatepass.jose.errors import KeyRefused
from gatepass.jose.key_types.oct import OCT
from gatepass.jose.signatures.signature import Check, Sign, SignatureAlgorithm

_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))


class Hmac(SignatureAlgorithm):
    """HS256, HS384, HS512."""

    def __init__(self, name: str, hash_name: str) -> None:
        self.min_bytes = hashlib.new(hash_name).digest_size
        super().__init__(name, OCT, bits=self.min_bytes * 8)
        self._hash = hash_name

    def check_key(self, native: bytes) -> None:
        """RFC 7518 section 3.2: the secret is at least as long as the hash."""
        if len(native) < self.min_bytes:
            raise KeyRefused("weak_key", f"{self.name} needs a secret of at least {self.min_bytes} bytes")

    def signature(self, native: bytes, data: bytes) -> bytes:
        return hmac.digest(native, data, self._hash)

    def is_signature(self, native: bytes, signature: bytes, data: bytes) -> bool:
        return hmac.compare_digest(self.signature(native, data), signature)

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
