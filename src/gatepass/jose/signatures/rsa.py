"""RSA signatures: RS256 … RS512 (RFC 7518 section 3.3) and PS256 … PS512 (section 3.5)."""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from gatepass.jose.key_types.rsa import RSA
from gatepass.jose.signatures.signature import PublicKeySignature


class RsaSignature(PublicKeySignature):
    """PKCS 1 v1.5, or PSS when the name begins with PS."""

    def __init__(self, name: str, hash_algorithm: HashAlgorithm) -> None:
        super().__init__(name, RSA)
        self._hash = hash_algorithm
        self._padding: padding.AsymmetricPadding = padding.PKCS1v15()
        if name.startswith("PS"):
            # RFC 7518 section 3.5: MGF1 with the same hash, a salt as long as the hash.
            self._padding = padding.PSS(padding.MGF1(hash_algorithm), hash_algorithm.digest_size)

    def verify_raw(self, public: Any) -> Callable[[bytes, bytes], None]:
        verify, pad, hash_algorithm = public.verify, self._padding, self._hash
        return lambda signature, data: verify(signature, data, pad, hash_algorithm)

    def sign_raw(self, private: Any) -> Callable[[bytes], bytes]:
        sign, pad, hash_algorithm = private.sign, self._padding, self._hash
        return lambda data: sign(data, pad, hash_algorithm)
