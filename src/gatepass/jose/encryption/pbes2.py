"""Key encryption with a password (RFC 7518 section 4.8)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from gatepass.jose import base64url
from gatepass.jose.encryption import aes_kw
from gatepass.jose.encryption.content import ContentEncryption
from gatepass.jose.encryption.management import KeyManagement, Wrapped
from gatepass.jose.encryption.parameters import Parameters, malformed
from gatepass.jose.errors import KeyRefused
from gatepass.jose.key_types.oct import OCT
from gatepass.kernel import ids

MIN_PASSWORD_BYTES = 16
"""RFC 7518 section 8.8. Whoever holds one token tries passwords on his own machines, and no throttle slows him."""

MIN_SALT_BYTES = 8  # section 4.8.1.1
MIN_P2C = 1000  # section 4.8.1.2; with less, our answer would be a cheap way to try passwords
_SALT_BYTES = 16


class Pbes2(KeyManagement):
    """PBES2-HS256+A128KW, PBES2-HS384+A192KW, PBES2-HS512+A256KW.

    Args:
        digest: hash function inside PBKDF2, as `hashlib` names it.
        wrap_bits: size of the wrapping key.
        p2c: iterations that we write; how many we accept is `max_p2c` of `jwe.decrypt`.
    """

    private_ops = frozenset({"unwrapKey", "deriveKey", "deriveBits"})
    public_ops = frozenset({"wrapKey", "deriveKey", "deriveBits"})

    def __init__(self, name: str, digest: str, wrap_bits: int, p2c: int) -> None:
        super().__init__(name, OCT)
        self._digest, self._wrap_bytes, self._p2c = digest, wrap_bits // 8, p2c

    def check_key(self, native: bytes) -> None:
        """See `Algorithm.check_key`."""
        if len(native) < MIN_PASSWORD_BYTES:
            raise KeyRefused("weak_key", f"{self.name} needs a password of at least {MIN_PASSWORD_BYTES} bytes")

    def wrap(self, native: bytes, enc: ContentEncryption, header: Mapping[str, Any], cek: bytes) -> Wrapped:
        """See `KeyManagement.wrap`."""
        salt = ids.new_bytes(_SALT_BYTES)
        members = {"p2s": base64url.encode(salt), "p2c": self._p2c}
        return Wrapped(cek, aes_kw.wrap(self._derive(native, salt, self._p2c), cek), members)

    def recover(self, native: bytes, enc: ContentEncryption, sent: Parameters, encrypted_key: bytes) -> bytes:
        """See `KeyManagement.recover`. Nothing is hashed before all is within its bounds."""
        salt, p2c = sent.octets("p2s"), sent.count("p2c", MIN_P2C, sent.max_p2c)
        if len(salt) < MIN_SALT_BYTES:
            raise malformed("p2s")
        return aes_kw.unwrap(self._derive(native, salt, p2c), enc, encrypted_key)

    def _derive(self, password: bytes, salt: bytes, p2c: int) -> bytes:
        """PBKDF2 with the algorithm's name as part of the salt (section 4.8.1.1)."""
        return hashlib.pbkdf2_hmac(self._digest, password, self.name.encode() + b"\0" + salt, p2c, self._wrap_bytes)
