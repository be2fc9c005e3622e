"""HMAC with SHA-2 (RFC 7518 section 3.2).

What the key and the header do to the hash is computed once; a token then costs one copy
of that. The code is compared in its encoded form, so nothing that a stranger wrote is
decoded before it proved to be ours.
"""

import hashlib
import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from pybase64 import b64encode_as_string

from gatepass.jose.errors import KeyRefused
from gatepass.jose.key_types.oct import OCT
from gatepass.jose.signatures.signature import Check, Sign, SignatureAlgorithm


class Hmac(SignatureAlgorithm):
    """HS256, HS384, HS512."""

    def __init__(self, name: str, hash_name: str) -> None:
        self.min_bytes = hashlib.new(hash_name).digest_size
        super().__init__(name, OCT, bits=self.min_bytes * 8)
        self._hash = hash_name
        self._algorithm: hashes.HashAlgorithm = getattr(hashes, hash_name.upper())()
        self._length, self._padding = (self.min_bytes * 8 + 5) // 6, "=" * (-self.min_bytes % 3)

    def check_key(self, native: bytes) -> None:
        """RFC 7518 section 3.2: the secret is at least as long as the hash."""
        if len(native) < self.min_bytes:
            raise KeyRefused("weak_key", f"{self.name} needs a secret of at least {self.min_bytes} bytes")

    def signature(self, native: bytes, data: bytes) -> bytes:
        return hmac.digest(native, data, self._hash)

    def is_signature(self, native: bytes, signature: bytes, data: bytes) -> bool:
        return hmac.compare_digest(self.signature(native, data), signature)

    def check(self, native: bytes, head: str) -> Check:
        begin, padding = self._begun(native, head), self._padding
        encode, same = b64encode_as_string, hmac.compare_digest

        def check(payload: str, signature: str) -> bool:
            code = begin()
            code.update(payload.encode())
            return same(encode(code.finalize(), b"-_"), signature + padding)

        return check

    def sign(self, native: bytes, head: str) -> Sign:
        begin, encode, prefix, length = self._begun(native, head), b64encode_as_string, head + ".", self._length

        def token(payload: bytes) -> str:
            segment = encode(payload, b"-_").rstrip("=")
            code = begin()
            code.update(segment.encode())
            return f"{prefix}{segment}.{encode(code.finalize(), b'-_')[:length]}"

        return token

    def _begun(self, secret: bytes, head: str) -> Callable[[], HMAC]:
        """Copies of a code that has seen the key and the header."""
        code = HMAC(secret, self._algorithm)
        code.update(head.encode() + b".")
        return code.copy
