"""Random ids and secrets, and comparison that does not tell how far it got."""

import hmac
import secrets

ID_BYTES = 16
SECRET_BYTES = 32


def new_id() -> str:
    """A random public id: 128 bits, 22 characters of base64url. Not a credential."""
    return secrets.token_urlsafe(ID_BYTES)


def new_secret() -> str:
    """A random bearer secret: 256 bits, 43 characters of base64url.

    It is stored only as its SHA-256: with 256 bits there is nothing to guess, so a
    slow hash would cost each request time and buy nothing.
    """
    return secrets.token_urlsafe(SECRET_BYTES)


def new_bytes(length: int) -> bytes:
    """`length` bytes from the operating system's generator."""
    return secrets.token_bytes(length)


def same(left: bytes, right: bytes) -> bool:
    """Whether two byte strings are equal, in time that depends on their lengths only."""
    return hmac.compare_digest(left, right)
