"""Key encryption with AES GCM (RFC 7518 section 4.7)."""

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatepass.jose import base64url
from gatepass.jose.encryption.aes_kw import check_size
from gatepass.jose.encryption.content import ContentEncryption, NotDecrypted
from gatepass.jose.encryption.management import KeyManagement, Wrapped
from gatepass.jose.encryption.parameters import Parameters
from gatepass.jose.key_types.oct import OCT
from gatepass.kernel import ids

_IV_BYTES, _TAG_BYTES = 12, 16


class AesGcmKw(KeyManagement):
    """A128GCMKW, A192GCMKW, A256GCMKW.

    One secret is good for 2^32 tokens: beyond, two random vectors may be equal, and GCM is
    broken by one such pair (NIST SP 800-38D section 8.3). A256KW has no such bound.
    """

    private_ops = frozenset({"decrypt", "unwrapKey"})
    public_ops = frozenset({"encrypt", "wrapKey"})

    def __init__(self, name: str, bits: int) -> None:
        super().__init__(name, OCT, bits=bits)
        self._bytes = bits // 8

    def check_key(self, native: bytes) -> None:
        """See `Algorithm.check_key`."""
        check_size(self.name, native, self._bytes)

    def wrap(self, native: bytes, enc: ContentEncryption, header: Mapping[str, Any], cek: bytes) -> Wrapped:
        """See `KeyManagement.wrap`."""
        iv = ids.new_bytes(_IV_BYTES)
        sealed = AESGCM(native).encrypt(iv, cek, None)
        members = {"iv": base64url.encode(iv), "tag": base64url.encode(sealed[-_TAG_BYTES:])}
        return Wrapped(cek, sealed[:-_TAG_BYTES], members)

    def recover(self, native: bytes, enc: ContentEncryption, sent: Parameters, encrypted_key: bytes) -> bytes:
        """See `KeyManagement.recover`."""
        iv, tag = sent.octets("iv", _IV_BYTES), sent.octets("tag", _TAG_BYTES)
        try:
            return AESGCM(native).decrypt(iv, encrypted_key + tag, None)
        except InvalidTag:
            raise NotDecrypted from None
