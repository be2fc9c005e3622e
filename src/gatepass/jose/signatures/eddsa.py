"""EdDSA: Ed25519 and Ed448 (RFC 8037 section 3.1, algorithm names of RFC 9864)."""

from collections.abc import Callable
from typing import Any

from gatepass.jose.signatures.signature import PublicKeySignature


class Eddsa(PublicKeySignature):
    """Ed25519 or Ed448; the algorithm is named like its curve."""

    def verify_raw(self, public: Any) -> Callable[[bytes, bytes], None]:
        verify: Callable[[bytes, bytes], None] = public.verify
        return verify

    def sign_raw(self, private: Any) -> Callable[[bytes], bytes]:
        sign: Callable[[bytes], bytes] = private.sign
        return sign
