"""ML-DSA, signatures that a quantum computer does not break (FIPS 204; RFC 9964 section 5)."""

from collections.abc import Callable
from typing import Any

from gatepass.jose.key_types.akp import Akp
from gatepass.jose.signatures.signature import PublicKeySignature


class MlDsa(PublicKeySignature):
    """ML-DSA-44, ML-DSA-65, ML-DSA-87; the context string is empty."""

    def __init__(self, key_type: Akp) -> None:
        super().__init__(key_type.alg, key_type)

    def verify_raw(self, public: Any) -> Callable[[bytes, bytes], None]:
        verify: Callable[[bytes, bytes], None] = public.verify
        return verify

    def sign_raw(self, private: Any) -> Callable[[bytes], bytes]:
        sign: Callable[[bytes], bytes] = private.sign
        return sign
