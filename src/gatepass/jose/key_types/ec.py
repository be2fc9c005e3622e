"""Keys on the NIST curves and secp256k1 (RFC 7518 section 6.2, RFC 8812 section 3.1)."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from gatepass.jose import base64url
from gatepass.jose.errors import KeyRefused
from gatepass.jose.key_types.key_type import KeyType, Members, octets


class Ec(KeyType):
    """Material: EllipticCurvePublicKey or EllipticCurvePrivateKey of one curve.

    Attributes:
        size: bytes of a coordinate.
    """

    kty = "EC"
    required = ("crv", "kty", "x", "y")

    def __init__(self, crv: str, curve: ec.EllipticCurve) -> None:
        self.crv = crv
        self._curve = curve
        self.size = (curve.key_size + 7) // 8

    def generate(self, bits: int | None) -> ec.EllipticCurvePrivateKey:
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

    def owns(self, native: Any) -> bool:
        known = isinstance(native, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey)
        return known and native.curve.name == self._curve.name

    def is_private(self, native: Any) -> bool:
        return isinstance(native, ec.EllipticCurvePrivateKey)

    def _coordinate(self, jwk: Members, name: str) -> int:
        """RFC 7518 section 6.2.1.2: always the full size of the curve."""
        data = octets(jwk, name)
        if len(data) != self.size:
            raise KeyRefused("malformed_key", f"member {name} has not the size of the curve")
        return int.from_bytes(data, "big")

    def _text(self, number: int) -> str:
        return base64url.encode(number.to_bytes(self.size, "big"))


P256 = Ec("P-256", ec.SECP256R1())
P384 = Ec("P-384", ec.SECP384R1())
P521 = Ec("P-521", ec.SECP521R1())
SECP256K1 = Ec("secp256k1", ec.SECP256K1())
