"""Algorithm key pairs: one kind of key per algorithm, here those of ML-DSA (RFC 9964 section 3)."""

from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm

from gatepass.jose import base64url
from gatepass.jose.errors import KeyRefused
from gatepass.jose.key_types.key_type import KeyType, Members, octets

try:
    from cryptography.hazmat.primitives.asymmetric import mldsa
except ImportError:  # `cryptography` before 47; its wheels know ML-DSA from 48 on
    mldsa = None  # type: ignore[assignment]


class Akp(KeyType):
    """Material: the `cryptography` classes of one ML-DSA parameter set.

    The private half is the seed; the key that FIPS 204 expands from it never leaves OpenSSL.
    """

    kty = "AKP"
    needs_alg = True
    private_members = ("priv",)
    required = ("alg", "kty", "pub")  # RFC 9964 section 6

    def __init__(self, alg: str) -> None:
        self.alg = alg
        name = alg.replace("-", "")
        self._private: Any = getattr(mldsa, f"{name}PrivateKey", None)
        self._public: Any = getattr(mldsa, f"{name}PublicKey", None)

    def generate(self, bits: int | None) -> Any:
        self._must_be_there()
        return self._private.generate()

    def load(self, jwk: Members) -> Any:
        self._must_be_there()
        if jwk.get("alg") != self.alg:
            raise KeyRefused("malformed_key", "an AKP key names its own alg")
        pub = octets(jwk, "pub")
        if "priv" not in jwk:
            return self._public.from_public_bytes(pub)
        native = self._private.from_seed_bytes(octets(jwk, "priv"))
        # RFC 9964 section 7.4: with halves that do not match a signature can give the private one away.
        if native.public_key().public_bytes_raw() != pub:
            raise KeyRefused("malformed_key", "priv belongs to another pub")
        return native

    def dump(self, native: Any, *, private: bool) -> dict[str, str]:
        pub = base64url.encode(self.public(native).public_bytes_raw())
        members = {"kty": self.kty, "alg": self.alg, "pub": pub}
        if private:
            members["priv"] = base64url.encode(native.private_bytes_raw())
        return members

    def owns(self, native: Any) -> bool:
        return self._private is not None and isinstance(native, (self._private, self._public))

    def is_private(self, native: Any) -> bool:
        return isinstance(native, self._private)

    def _must_be_there(self) -> None:
        if self._private is None:
            raise UnsupportedAlgorithm(self.alg)


ML_DSA_44 = Akp("ML-DSA-44")
ML_DSA_65 = Akp("ML-DSA-65")
ML_DSA_87 = Akp("ML-DSA-87")
