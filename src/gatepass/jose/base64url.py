"""base64url without padding (RFC 7515 section 2), one text for one value.

Decoders are usually lenient: two texts then mean the same bytes, and a token can be
altered without breaking its signature. This one accepts only what `encode` writes.
"""

from binascii import Error

from pybase64 import b64decode, b64encode_as_string

from gatepass.jose.errors import NotBase64url

_PADDING = ("", "", "==", "=")
# With 2 (3) characters in the last group its lowest 4 (2) bits carry nothing and must be zero.
_LAST = ("", "", "AQgw", "AEIMQUYcgkosw048")


def encode(data: bytes) -> str:
    """`data` as base64url text without padding."""
    return b64encode_as_string(data, b"-_").rstrip("=")


def decode(text: str | bytes) -> bytes:
    """The bytes that `text` is the base64url form of.

    Raises:
        NotBase64url: for padding, `+`, `/`, white space, any other character, an
            impossible length, or unused bits that are not zero.
    """
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    rest = len(text) & 3
    # pybase64 takes `+` and `/` even when told another alphabet, and ignores unused bits.
    if "+" in text or "/" in text or "=" in text or (rest and text[-1] not in _LAST[rest]):
        raise NotBase64url
    try:
        return b64decode(text + _PADDING[rest], b"-_", True)
    except (Error, ValueError):
        raise NotBase64url from None
