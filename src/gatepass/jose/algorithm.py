"""What every signature algorithm offers, and what the public-key ones share.

One object per algorithm name. It knows its kind of key material ("native": bytes for
HMAC, a `cryptography` object otherwise), how that looks as JWK members, and how a
compact token is signed and checked with it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature

from gatepass.jose import base64url
from gatepass.jose.errors import KeyRefused, NotBase64url

Check = Callable[[str, str], bool]
"""(payload segment, signature segment), both ASCII → whether the signature is good. Never raises."""

Sign = Callable[[str], str]
"""Payload segment → the complete compact token."""

Members = Mapping[str, Any]


class Algorithm(ABC):
    """One signature algorithm (RFC 7518 section 3).

    Attributes:
        name: the registered `alg` value.
        kty: the JWK key type it works with.
        crv: the JWK curve, for the types that have one.
        symmetric: whether one secret both signs and verifies.
        required: JWK members that define the key, for the thumbprint (RFC 7638 section 3.2).
    """

    kty: ClassVar[str]
    symmetric: ClassVar[bool] = False
    required: ClassVar[tuple[str, ...]]

    def __init__(self, name: str, crv: str | None = None) -> None:
        self.name = name
        self.crv = crv

    @abstractmethod
    def generate(self) -> Any:
        """New private material."""

    @abstractmethod
    def load(self, jwk: Members) -> Any:
        """Material from JWK members, private when `d` (or `k`) is there. Raises KeyRefused or ValueError."""

    @abstractmethod
    def dump(self, native: Any, *, private: bool) -> dict[str, str]:
        """JWK members of the material, `kty` included."""

    @abstractmethod
    def accept(self, native: Any) -> Any:
        """`native` if it is of this kind and strong enough. Raises KeyRefused."""

    @abstractmethod
    def is_private(self, native: Any) -> bool:
        """Whether the material can sign."""

    @abstractmethod
    def check(self, native: Any, head: str) -> Check:
        """The check of tokens that begin with the header segment `head`."""

    @abstractmethod
    def sign(self, native: Any, head: str) -> Sign:
        """The signer of tokens that begin with the header segment `head`."""


class PublicKeyAlgorithm(Algorithm):
    """An algorithm whose keys have a private and a public half."""

    def public(self, native: Any) -> Any:
        """The public half of the material (itself, if it is public)."""
        return native.public_key() if self.is_private(native) else native

    @abstractmethod
    def verify_raw(self, public: Any) -> Callable[[bytes, bytes], None]:
        """(signature as in JWS, data) → None, or raises InvalidSignature."""

    @abstractmethod
    def sign_raw(self, private: Any) -> Callable[[bytes], bytes]:
        """Data → signature as in JWS."""

    def check(self, native: Any, head: str) -> Check:
        """See `Algorithm.check`."""
        verify, prefix, decode = self.verify_raw(self.public(native)), head + ".", base64url.decode

        def check(payload: str, signature: str) -> bool:
            try:
                verify(decode(signature), (prefix + payload).encode())
            except (InvalidSignature, NotBase64url):
                return False
            return True

        return check

    def sign(self, native: Any, head: str) -> Sign:
        """See `Algorithm.sign`."""
        sign, prefix, encode = self.sign_raw(native), head + ".", base64url.encode

        def token(payload: str) -> str:
            signed = prefix + payload
            return f"{signed}.{encode(sign(signed.encode()))}"

        return token


def octets(jwk: Members, name: str) -> bytes:
    """The bytes of the base64url member `name`. Raises KeyRefused when there are none."""
    value: Any = jwk.get(name)
    try:
        return base64url.decode(value)
    except NotBase64url:
        raise KeyRefused("malformed_key", f"member {name} is not base64url text") from None


def uint(jwk: Members, name: str, max_bytes: int) -> int:
    """The Base64urlUInt member `name` (RFC 7518 section 2): big-endian, no leading zero byte. Raises KeyRefused."""
    data = octets(jwk, name)
    if not data or data[0] == 0 or len(data) > max_bytes:
        raise KeyRefused("malformed_key", f"member {name} is not a Base64urlUInt of a usable length")
    return int.from_bytes(data, "big")
