"""AES Key Wrap (RFC 7518 section 4.4, RFC 3394), alone and as the second half of other algorithms."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from gatepass.jose.encryption.content import ContentEncryption, NotDecrypted
from gatepass.jose.encryption.management import KeyManagement, Wrapped
from gatepass.jose.encryption.parameters import Parameters
from gatepass.jose.errors import KeyRefused
from gatepass.jose.key_types.oct import OCT

_OVERHEAD = 8  # RFC 3394 section 2.2.1: one block of 64 bits more than what is wrapped


class AesKw(KeyManagement):
    """A128KW, A192KW, A256KW."""

    def __init__(self, name: str, bits: int) -> None:
        super().__init__(name, OCT, bits=bits)
        self._bytes = bits // 8

    def check_key(self, native: bytes) -> None:
        """See `Algorithm.check_key`."""
        check_size(self.name, native, self._bytes)

    def wrap(self, native: bytes, enc: ContentEncryption, header: Mapping[str, Any], cek: bytes) -> Wrapped:
        """See `KeyManagement.wrap`."""
        return Wrapped(cek, wrap(native, cek), {})

    def recover(self, native: bytes, enc: ContentEncryption, sent: Parameters, encrypted_key: bytes) -> bytes:
        """See `KeyManagement.recover`."""
        return unwrap(native, enc, encrypted_key)


def wrap(kek: bytes, cek: bytes) -> bytes:
    """`cek` wrapped with `kek`."""
    return aes_key_wrap(kek, cek)


def unwrap(kek: bytes, enc: ContentEncryption, encrypted_key: bytes) -> bytes:
    """The content encryption key that was wrapped with `kek`.

    Raises:
        NotDecrypted: it was altered, or is of another size. The size comes first: the work
            grows with what a stranger sends.
    """
    if len(encrypted_key) != enc.key_bytes + _OVERHEAD:
        raise NotDecrypted
    try:
        return aes_key_unwrap(kek, encrypted_key)
    except InvalidUnwrap:
        raise NotDecrypted from None


def check_size(name: str, key: bytes, size: int) -> None:
    """An AES key has one size. Raises KeyRefused."""
    if len(key) != size:
        weak = len(key) < size
        raise KeyRefused("weak_key" if weak else "unsupported_key", f"{name} needs a key of exactly {size} bytes")
