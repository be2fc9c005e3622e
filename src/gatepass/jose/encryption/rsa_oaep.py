"""Key encryption with RSA and OAEP padding (RFC 7518 section 4.3)."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from gatepass.jose.encryption.content import ContentEncryption, NotDecrypted
from gatepass.jose.encryption.management import KeyManagement, Wrapped
from gatepass.jose.encryption.parameters import Parameters
from gatepass.jose.key_types.rsa import RSA


class RsaOaep(KeyManagement):
    """RSA-OAEP and RSA-OAEP-256.

    RSA-OAEP hashes with SHA-1, by its definition. What is broken of SHA-1 is that two
    texts with one hash can be found; OAEP asks only that its output looks random (RFC 8017
    section 7.1, appendix B.1), which stands. Still, prefer RSA-OAEP-256: nobody will
    have to be told this again.
    """

    private_ops = frozenset({"decrypt", "unwrapKey"})
    public_ops = frozenset({"encrypt", "wrapKey"})

    def __init__(self, name: str, digest: HashAlgorithm) -> None:
        super().__init__(name, RSA)
        self._padding = OAEP(MGF1(digest), digest, label=None)

    def wrap(self, native: Any, enc: ContentEncryption, header: Mapping[str, Any], cek: bytes) -> Wrapped:
        """See `KeyManagement.wrap`."""
        return Wrapped(cek, native.encrypt(cek, self._padding), {})

    def recover(self, native: Any, enc: ContentEncryption, sent: Parameters, encrypted_key: bytes) -> bytes:
        """See `KeyManagement.recover`."""
        try:
            cek: bytes = native.decrypt(encrypted_key, self._padding)
        except ValueError:
            raise NotDecrypted from None
        return cek
