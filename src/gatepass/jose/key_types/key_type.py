"""What every kind of key material offers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from gatepass.jose import base64url
from gatepass.jose.errors import KeyRefused, NotBase64url

Members = Mapping[str, Any]

MAX_MEMBER = 16 * 1024
"""Longest member that is decoded, in characters."""


class KeyType(ABC):
    """One kind of key material (RFC 7518 section 6). "Native" is bytes for secrets, a `cryptography` object otherwise.

    Attributes:
        kty: the JWK key type.
        crv: the JWK curve, for the types that have one.
        symmetric: whether there is one secret and no public half.
        sized: whether new material may have one of several sizes.
        needs_alg: whether a JWK of this kind that names no algorithm means none.
        private_members: JWK members that hold what only the owner may know; the first is always among them.
        required: JWK members that define the key, for the thumbprint (RFC 7638 section 3.2).
    """

    kty: ClassVar[str]
    symmetric: ClassVar[bool] = False
    sized: ClassVar[bool] = False
    needs_alg: ClassVar[bool] = False
    private_members: ClassVar[tuple[str, ...]] = ("d",)
    required: ClassVar[tuple[str, ...]]
    crv: str | None = None

    @abstractmethod
    def generate(self, bits: int | None) -> Any:
        """New private material; `bits` is its size, a multiple of 8, None for the usual one or for kinds not `sized`.

        Raises:
            KeyRefused: there is no material of that size.
            UnsupportedAlgorithm: unknown to the OpenSSL of this machine.
        """

    @abstractmethod
    def load(self, jwk: Members) -> Any:
        """Material from JWK members, private when the first of `private_members` is there.

        Raises:
            KeyRefused: malformed_key or weak_key.
            ValueError: malformed too, said by `cryptography`.
            UnsupportedAlgorithm: unknown to the OpenSSL of this machine.
        """

    @abstractmethod
    def dump(self, native: Any, *, private: bool) -> dict[str, str]:
        """JWK members of the material, `kty` included."""

    @abstractmethod
    def owns(self, native: Any) -> bool:
        """Whether `native` is material of this kind."""

    @abstractmethod
    def is_private(self, native: Any) -> bool:
        """Whether the material holds what only its owner may know."""

    def check(self, native: Any) -> None:  # noqa: B027  most kinds have one strength only
        """Raises KeyRefused when the material is too weak, no key at all, or so long that using it is an attack."""

    def public(self, native: Any) -> Any:
        """The public half of the material (itself, if it is public)."""
        return native.public_key() if self.is_private(native) else native


def octets(jwk: Members, name: str) -> bytes:
    """The bytes of the base64url member `name`. Raises KeyRefused when there are none."""
    value: Any = jwk.get(name)
    try:
        if isinstance(value, str) and len(value) <= MAX_MEMBER:
            return base64url.decode(value)
        raise NotBase64url
    except NotBase64url:
        raise KeyRefused(
            "malformed_key", f"member {name} is not base64url text of at most {MAX_MEMBER} characters"
        ) from None


def uint(jwk: Members, name: str, max_bytes: int) -> int:
    """The Base64urlUInt member `name` (RFC 7518 section 2): big-endian, no leading zero byte. Raises KeyRefused."""
    data = octets(jwk, name)
    if not data or data[0] == 0 or len(data) > max_bytes:
        raise KeyRefused("malformed_key", f"member {name} is not a Base64urlUInt of a usable length")
    return int.from_bytes(data, "big")
