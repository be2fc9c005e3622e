"""Where to go next: only ever a page of our own."""

import re
from urllib.parse import unquote

MAX_CHARACTERS = 2_048

_LOCAL = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*(?:\?[A-Za-z0-9\-._~!$&'()*+,;=:@%/?\[\]]*)?")
_DECODED_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[^/\\\x00-\x20\x7f]+)*/?")
_ROUNDS = 4
"""As written, and as it looks after one, two and three decodings."""


def local_path(value: str | None, default: str = "/") -> str:
    """`value` if it is a path on this site with an optional query, else `default`.

    Made for what comes back from outside as "the page they wanted": another site must
    not be able to use our sign-in page to send people to itself. So: ASCII URL
    characters only (no white space, controls, backslashes or look-alikes of a slash),
    one slash at the start, no empty or dot segments, and all of it still true after
    percent-decoding as often as any proxy may do it.

    Args:
        value: as received, percent-encoded.
        default: returned as it is.
    """
    if not isinstance(value, str) or len(value) > MAX_CHARACTERS or not _LOCAL.fullmatch(value):
        return default
    path = value.partition("?")[0]
    for _ in range(_ROUNDS):
        if not _DECODED_PATH.fullmatch(path):
            return default
        path = unquote(path)
    return value
