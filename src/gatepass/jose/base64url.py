"""base64url without padding (RFC 7515 section 2), one text for one value.

Decoders are usually lenient: two texts then mean the same bytes, and a token can be
altered without breaking its signature. This one accepts only what `encode` writes.
"""

from pybase64 import b64decode, b64encode_as_string

from gatepass.jose.errors import NotBase64url

_PADDING = ("", "", "==", "=")
# What the last character may be: anything after a whole group; with 2 (3) characters in
# the last group its lowest 4 (2) bits carry nothing and must be zero; 1 alone is no group.
_LAST = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", "", "AQgw", "AEIMQUYcgkosw048")


def encode(data: bytes) -> str:
    """`data` as base64url text without padding."""
    return b64encode_as_string(data, b"-_").rstrip("=")


def decode(text: str | bytes) -> bytes:
    """The bytes that `text` is the base64url form of; for what may be no text at all.

    Raises:
        NotBase64url: as `decode_text`, or it is neither text nor bytes.
    """
    return decode_text(text if isinstance(text, str) else _text(text))


def decode_text(text: str) -> bytes:
    """The bytes that `text` is the base64url form of.

    Raises:
        NotBase64url: for padding, `+`, `/`, white space, any other character, an
            impossible length, or unused bits that are not zero.
    """
    rest = len(text) & 3
    # pybase64 ignores unused bits, and takes `+` and `/` even when told another alphabet.
    if (text and text[-1] not in _LAST[rest]) or "+" in text or "/" in text:
        raise NotBase64url
    try:
        return b64decode(text + _PADDING[rest], b"-_", True)
    except ValueError:
        raise NotBase64url from None


def _text(data: bytes) -> str:
    if not isinstance(data, bytes):
        raise NotBase64url
    return data.decode("latin-1")
