"""Points of the Edwards curves: OpenSSL takes any bytes for a public key, and these are no good ones."""

from dataclasses import dataclass

from gatepass.jose.errors import KeyRefused


@dataclass(frozen=True, slots=True)
class Edwards:
    """The curve a·x² + y² = 1 + d·x²·y² over the numbers modulo `p` (RFC 8032 sections 5.1 and 5.2)."""

    p: int
    a: int
    d: int

    def check(self, encoded: bytes) -> None:
        """Look at a public key of the right length: y, least byte first, and the lowest bit of x on top.

        Raises:
            KeyRefused: malformed_key when it is no point (RFC 8032 section 5.1.3); weak_key when its
                order is so small that anyone can make signatures that it verifies.
        """
        number, bits = int.from_bytes(encoded, "little"), len(encoded) * 8 - 1
        y, x_is_odd = number & ((1 << bits) - 1), number >> bits
        y2 = y * y % self.p
        x2 = (1 - y2) * pow(self.a - self.d * y2, -1, self.p) % self.p
        if y >= self.p or (x2 == 0 and x_is_odd) or pow(x2, self.p // 2, self.p) > 1:
            raise KeyRefused("malformed_key", "x is no point of the curve")
        # Doubled, points of order 1, 2 and 4 have x = 0, and those of order 8 have y = 0.
        if x2 == 0 or y2 == 0 or (y2 - self.a * x2) % self.p == 0:
            raise KeyRefused("weak_key", "x is a point of small order")


P25519 = 2**255 - 19
EDWARDS25519 = Edwards(P25519, -1, -121665 * pow(121666, -1, P25519) % P25519)
EDWARDS448 = Edwards(2**448 - 2**224 - 1, 1, -39081)
