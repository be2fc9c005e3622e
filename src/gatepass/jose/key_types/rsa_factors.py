"""The factors of an RSA key that tells its private exponent only (NIST SP 800-56B appendix C.1)."""

import math

from gatepass.kernel import ids

_TRIES = 64  # each fails for every second number at most


def recover_factors(n: int, e: int, d: int) -> tuple[int, int]:
    """The factors p > q of `n`, which may be a stranger's numbers.

    The function of `cryptography` for this tries 500 times, and can be made to take minutes
    for each. Here a wrong d, and an n that is a prime or a power of one, end the search at once.

    Raises:
        ValueError: there are none, or d does not belong to them.
    """
    if not 1 < d < n or math.gcd(pow(2, n, n) - 2, n) != 1:  # 2ⁿ ≡ 2 modulo the prime that n is a power of
        raise ValueError
    even = d * e - 1
    twos = (even & -even).bit_length() - 1
    for _ in range(_TRIES):
        factor = _factor(n, even >> twos, twos)
        if factor is not None:
            return max(factor, n // factor), min(factor, n // factor)
    raise ValueError


def _factor(n: int, odd: int, twos: int) -> int | None:
    """A factor of n by one random number g: a square root of 1 other than ±1 shows one.

    Raises:
        ValueError: g to the power of odd·2^twos = d·e-1 is not 1, so d is no private exponent.
    """
    x = pow(int.from_bytes(ids.new_bytes(n.bit_length() // 8), "big"), odd, n)
    for _ in range(twos):
        if x in (1, n - 1):
            return None
        root, x = x, x * x % n
        if x == 1:
            return math.gcd(root - 1, n)
    raise ValueError
