"""RSA keys (RFC 7518 section 6.3)."""

import math
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from gatepass.jose import base64url
from gatepass.jose.errors import KeyRefused
from gatepass.jose.key_types.key_type import KeyType, Members, uint
from gatepass.jose.key_types.rsa_factors import recover_factors

GENERATED_BITS = 2048
MIN_BITS = 2048  # RFC 7518 section 3.3
MAX_BITS = 8192  # a check grows with the square of the length: bounded work for a stranger's key
MIN_EXPONENT, MAX_EXPONENT = 65537, 2**64  # FIPS 186-5 section 5.1; the upper bound is OpenSSL's
_MAX_BYTES = MAX_BITS // 8
_FACTORS = ("p", "q", "dp", "dq", "qi")
_SMALL = math.prod(range(3, 256, 2))


class Rsa(KeyType):
    """Material: RSAPublicKey or RSAPrivateKey."""

    kty = "RSA"
    sized = True
    private_members = ("d", *_FACTORS, "oth")
    required = ("e", "kty", "n")

    def generate(self, bits: int | None) -> rsa.RSAPrivateKey:
        size = GENERATED_BITS if bits is None else bits
        if not MIN_BITS <= size <= MAX_BITS:
            raise KeyRefused("unsupported_key", f"an RSA key has {MIN_BITS} to {MAX_BITS} bits")
        return rsa.generate_private_key(public_exponent=65537, key_size=size)

    def load(self, jwk: Members) -> Any:
        numbers = rsa.RSAPublicNumbers(e=uint(jwk, "e", _MAX_BYTES), n=uint(jwk, "n", _MAX_BYTES))
        _check(numbers)
        if "d" in jwk:
            return _private(jwk, numbers)
        if any(name in jwk for name in self.private_members):
            raise KeyRefused("malformed_key", "a private RSA key has a member d")
        return numbers.public_key()

    def dump(self, native: Any, *, private: bool) -> dict[str, str]:
        numbers = self.public(native).public_numbers()
        members = {"kty": self.kty, "n": _text(numbers.n), "e": _text(numbers.e)}
        if private:
            secret = native.private_numbers()
            values = (secret.d, secret.p, secret.q, secret.dmp1, secret.dmq1, secret.iqmp)
            members |= zip(("d", *_FACTORS), map(_text, values), strict=True)
        return members

    def owns(self, native: Any) -> bool:
        return isinstance(native, rsa.RSAPublicKey | rsa.RSAPrivateKey)

    def is_private(self, native: Any) -> bool:
        return isinstance(native, rsa.RSAPrivateKey)

    def check(self, native: Any) -> None:
        _check(self.public(native).public_numbers())


RSA = Rsa()


def _check(numbers: rsa.RSAPublicNumbers) -> None:
    """Sizes, and what costs nothing to see.

    Not looked for: primes that are near each other, shared with another key, or made by a bad generator.
    """
    bits = numbers.n.bit_length()
    if bits < MIN_BITS:
        raise KeyRefused("weak_key", f"an RSA key needs at least {MIN_BITS} bits")
    if bits > MAX_BITS:
        raise KeyRefused("unsupported_key", f"an RSA key may have at most {MAX_BITS} bits")
    if numbers.n % 2 == 0 or math.gcd(numbers.n, _SMALL) != 1 or math.isqrt(numbers.n) ** 2 == numbers.n:
        raise KeyRefused("weak_key", "n is not the product of two large and different primes")
    if not MIN_EXPONENT <= numbers.e < MAX_EXPONENT or numbers.e % 2 == 0:
        raise KeyRefused("weak_key", "the RSA exponent must be odd, from 65537 up to 64 bits")


def _private(jwk: Members, public: rsa.RSAPublicNumbers) -> rsa.RSAPrivateKey:
    """RFC 7518 section 6.3.2: the factors are all there or none; none are recovered from d."""
    if "oth" in jwk:
        raise KeyRefused("unsupported_key", "RSA keys of more than two primes")
    d = uint(jwk, "d", _MAX_BYTES)
    if not any(name in jwk for name in _FACTORS):
        p, q = recover_factors(public.n, public.e, d)
        dp, dq, qi = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    else:
        p, q, dp, dq, qi = (uint(jwk, name, _MAX_BYTES) for name in _FACTORS)
    return rsa.RSAPrivateNumbers(p=p, q=q, d=d, dmp1=dp, dmq1=dq, iqmp=qi, public_numbers=public).private_key()


def _text(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))
