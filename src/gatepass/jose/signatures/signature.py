"""What every signature algorithm offers, and what the public-key ones share."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature

from gatepass.jose import base64url
from gatepass.jose.algorithm import Algorithm
from gatepass.jose.errors import NotBase64url

Check = Callable[[str, str], bool]
"""(payload segment, signature segment), both ASCII → whether the signature is good. Never raises."""

Sign = Callable[[bytes], str]
"""Payload → the complete compact token."""


class SignatureAlgorithm(Algorithm, ABC):
    """One signature algorithm. `native` is the key material of one of its kinds."""

    use = "sig"
    private_ops = frozenset({"sign"})
    public_ops = frozenset({"verify"})

    @abstractmethod
    def signature(self, native: Any, data: bytes) -> bytes:
        """The signature of `data`, as JWS writes it."""

    @abstractmethod
    def is_signature(self, native: Any, signature: bytes, data: bytes) -> bool:
        """Whether `signature` is one of `data`."""

    @abstractmethod
    def check(self, native: Any, head: str) -> Check:
        """The check of compact tokens that begin with the header segment `head`."""

    @abstractmethod
    def sign(self, native: Any, head: str) -> Sign:
        """The signer of compact tokens that begin with the header segment `head`."""


class PublicKeySignature(SignatureAlgorithm):
    """An algorithm whose keys have a private and a public half.

    As it stands, one without parameters: EdDSA (RFC 8037 section 3.1, names of RFC 9864), and ML-DSA with the empty
    context string (RFC 9964 section 5). Others say how theirs are given.
    """

    def verify_raw(self, public: Any) -> Callable[[bytes, bytes], None]:
        """(signature as in JWS, data) → None, or raises InvalidSignature."""
        verify: Callable[[bytes, bytes], None] = public.verify
        return verify

    def sign_raw(self, private: Any) -> Callable[[bytes], bytes]:
        """Data → signature as in JWS."""
        sign: Callable[[bytes], bytes] = private.sign
        return sign

    def signature(self, native: Any, data: bytes) -> bytes:
        """See `SignatureAlgorithm.signature`."""
        return self.sign_raw(native)(data)

    def is_signature(self, native: Any, signature: bytes, data: bytes) -> bool:
        """See `SignatureAlgorithm.is_signature`."""
        try:
            self.verify_raw(self._public(native))(signature, data)
        except InvalidSignature:
            return False
        return True

    def check(self, native: Any, head: str) -> Check:
        """See `SignatureAlgorithm.check`."""
        verify, prefix, decode = self.verify_raw(self._public(native)), head + ".", base64url.decode_text

        def check(payload: str, signature: str) -> bool:
            try:
                verify(decode(signature), (prefix + payload).encode())
            except (InvalidSignature, NotBase64url):
                return False
            return True

        return check

    def sign(self, native: Any, head: str) -> Sign:
        """See `SignatureAlgorithm.sign`."""
        sign, prefix, encode = self.sign_raw(native), head + ".", base64url.encode

        def token(payload: bytes) -> str:
            signed = prefix + encode(payload)
            return f"{signed}.{encode(sign(signed.encode()))}"

        return token

    def _public(self, native: Any) -> Any:
        return self.key_type_of(native).public(native)
