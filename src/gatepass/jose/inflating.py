"""DEFLATE (RFC 1951): bare, as the one compression of JWE (RFC 7516 section 4.1.3), or wrapped by zlib (RFC 1950)."""

import zlib

from gatepass.jose.errors import TokenRefused

_RAW = -zlib.MAX_WBITS
ZLIB = zlib.MAX_WBITS
"""For `inflate`: with zlib's header and checksum."""


def deflate(data: bytes) -> bytes:
    """`data` compressed."""
    return zlib.compress(data, wbits=_RAW)


def inflate(data: bytes, most: int, wrapper: int = _RAW) -> bytes:
    """What `data` was before it was compressed.

    A kilobyte can stand for a megabyte, and a part of it that was compressed twice for
    gigabytes: no more than one byte too many is ever made.

    Args:
        most: largest result, in bytes.
        wrapper: what is around it; nothing, or `ZLIB`.

    Raises:
        TokenRefused: malformed_token: larger, incomplete, followed by something else, or not DEFLATE.
    """
    inflater = zlib.decompressobj(wrapper)
    try:
        inflated = inflater.decompress(data, most + 1)
    except zlib.error:
        raise TokenRefused("malformed_token", detail="the content is not compressed with DEFLATE") from None
    if len(inflated) > most:
        raise TokenRefused("malformed_token", detail="the content inflates to more than allowed")
    if not inflater.eof or inflater.unused_data:
        raise TokenRefused("malformed_token", detail="the compressed content is incomplete, or goes on")
    return inflated
