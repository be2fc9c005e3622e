"""A secret order of the numbers below a power of two.

Indexes are drawn in this order. Two tokens then tell nothing about which was given
first, or how many were given between them: without the key every order is as likely.
"""

import hashlib
import hmac

PURPOSE = "status"
"""What the key is derived for."""
_ROUNDS = 10
"""As many as FF1 has (NIST SP 800-38G section 5.1), which also encrypts few bits."""


def permuted(number: int, bits: int, key: bytes, tweak: str) -> int:
    """Where `number` stands in the order: a permutation of the numbers below 2 to the power of `bits`.

    A Feistel network over the two parts of the number; the parts change places in each
    round, so that they need not be of one size.

    Args:
        number: 0 <= number < 2**bits.
        bits: two or more.
        key: 32 bytes.
        tweak: each gives another order.
    """
    right_bits = bits // 2
    left_bits = bits - right_bits
    left, right = number >> right_bits, number & (1 << right_bits) - 1
    for at in range(_ROUNDS):
        message = f"{tweak}:{bits}:{at}:{right}".encode()
        digest = hmac.digest(key, message, hashlib.sha256)
        left, right = right, left ^ int.from_bytes(digest[:8], "big") & (1 << left_bits) - 1
        left_bits, right_bits = right_bits, left_bits
    return left << right_bits | right
