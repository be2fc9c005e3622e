"""ECDSA (RFC 7518 section 3.4, ES256K: RFC 8812 section 3.2) and its keys (RFC 7518 section 6.2).

JWS writes a signature as r and s side by side, OpenSSL wants ASN.1 DER. The two
functions at the end translate; a DER signature inside a token is refused by its length.
"""

from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from gatepass.jose import base64url
from gatepass.jose.algorithm import Members, PublicKeyAlgorithm, octets
from gatepass.jose.errors import KeyRefused


class Ecdsa(PublicKeyAlgorithm):
    """ES256, ES384, ES512, ES256K. Material: EllipticCurvePublicKey or EllipticCurvePrivateKey."""

    kty = "EC"
    required = ("crv", "kty", "x", "y")

    def __init__(self, name: str, crv: str, curve: ec.EllipticCurve, hash_algorithm: HashAlgorithm) -> None:
        super().__init__(name, crv)
        self._curve = curve
        self._size = (curve.key_size + 7) // 8
        self._ecdsa = ec.ECDSA(hash_algorithm)

    def generate(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(self._curve)

    def load(self, jwk: Members) -> Any:
        x, y = (self._coordinate(jwk, name) for name in ("x", "y"))
        numbers = ec.EllipticCurvePublicNumbers(x, y, self._curve)
        # Both raise ValueError for a point off the curve, the second also for a d that belongs to another point.
        if "d" not in jwk:
            return numbers.public_key()
        return ec.EllipticCurvePrivateNumbers(self._coordinate(jwk, "d"), numbers).private_key()

    def dump(self, native: Any, *, private: bool) -> dict[str, str]:
        numbers = self.public(native).public_numbers()
        members = {"kty": self.kty, "crv": str(self.crv), "x": self._text(numbers.x), "y": self._text(numbers.y)}
        if private:
            members["d"] = self._text(native.private_numbers().private_value)
        return members

    def accept(self, native: Any) -> Any:
        known = isinstance(native, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey)
        if not known or native.curve.name != self._curve.name:
            raise KeyRefused("unsupported_key", f"{self.name} needs a key of the curve {self.crv}")
        return native

    def is_private(self, native: Any) -> bool:
        return isinstance(native, ec.EllipticCurvePrivateKey)

    def verify_raw(self, public: Any) -> Callable[[bytes, bytes], None]:
        verify, ecdsa, size = public.verify, self._ecdsa, self._size
        return lambda signature, data: verify(_der(signature, size), data, ecdsa)

    def sign_raw(self, private: Any) -> Callable[[bytes], bytes]:
        sign, ecdsa, size = private.sign, self._ecdsa, self._size
        return lambda data: _side_by_side(sign(data, ecdsa), size)

    def _coordinate(self, jwk: Members, name: str) -> int:
        """RFC 7518 section 6.2.1.2: always the full size of the curve."""
        data = octets(jwk, name)
        if len(data) != self._size:
            raise KeyRefused("malformed_key", f"member {name} has not the size of the curve")
        return int.from_bytes(data, "big")

    def _text(self, number: int) -> str:
        return base64url.encode(number.to_bytes(self._size, "big"))


def _der(signature: bytes, size: int) -> bytes:
    """r || s of `size` bytes each → ASN.1 SEQUENCE of two INTEGERs.

    Raises:
        InvalidSignature: of another length, or r or s is zero.
    """
    if len(signature) != 2 * size:
        raise InvalidSignature
    body = _integer(signature[:size]) + _integer(signature[size:])
    return (b"\x30%c" if len(body) < 128 else b"\x30\x81%c") % len(body) + body


def _integer(number: bytes) -> bytes:
    if not number[0]:
        number = number.lstrip(b"\0")
        if not number:
            raise InvalidSignature
    # A set top bit would read as a minus sign: one zero byte goes before it.
    return (b"\x02%c%b" if number[0] < 128 else b"\x02%c\0%b") % (len(number) + (number[0] >> 7), number)


def _side_by_side(der: bytes, size: int) -> bytes:
    """ASN.1 SEQUENCE of two INTEGERs, as OpenSSL wrote it → r || s."""
    at = 3 if der[1] < 128 else 4  # the length byte of r
    r_end = at + 1 + der[at]
    r, s = der[at + 1 : r_end], der[r_end + 2 :]
    return r[-size:].rjust(size, b"\0") + s[-size:].rjust(size, b"\0")
