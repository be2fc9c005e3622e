"""Header values that cannot become two headers.

The values are our own, but one of them always holds something that came from outside
in the end (a path, a realm, a scope). A line break in it would let a stranger write
the next header, so every value passes here before it is sent.
"""

import re

from gatepass.kernel.errors import Misuse

TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
"""A field name, method or parameter name (RFC 9110 section 5.6.2)."""

_VISIBLE = re.compile(r"[\x20-\x7e]*")


def field_value(text: str) -> str:
    """`text`, if it can be sent as the value of one header: visible ASCII and spaces.

    RFC 9110 section 5.5. Narrower than the RFC on purpose: bytes above 127 are read
    differently by different clients, and none of our own values needs them.

    Raises:
        Misuse: it has a line break, another control character, or is not ASCII.
    """
    if not _VISIBLE.fullmatch(text):
        raise Misuse("A header value may hold visible ASCII characters and spaces only.")
    return text


def field_name(text: str) -> str:
    """`text`, if it can be sent as the name of a header, a cookie or a parameter.

    Raises:
        Misuse: it is not a token in the sense of RFC 9110 section 5.6.2.
    """
    if not TOKEN.fullmatch(text):
        raise Misuse("A header, cookie or parameter name may hold letters, digits and !#$%&'*+-.^_`|~ only.")
    return text


def quoted(text: str) -> str:
    """`text` as a quoted-string (RFC 9110 section 5.6.4).

    Raises:
        Misuse: it has characters that `field_value` refuses.
    """
    escaped = field_value(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
