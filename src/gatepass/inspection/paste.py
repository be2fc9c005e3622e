"""What a person pastes, and the token in it."""

import re

from gatepass.kernel.decoding import decode_json

MAX_CHARACTERS = 1_000_000
"""Longest text that is looked at."""

_AROUND = " \t\r\n\ufeff\"'`“”‘’"
"""What stands around a token in files, programs and chats."""

_HEADER = re.compile(r"\s*(?:authorization\s*:)?\s*(?:(?:bearer|dpop)(?:\s|$))?", re.IGNORECASE)


def unwrapped(text: str) -> str:
    """The token without line breaks, quotes, the words of a header, or the JSON answer around it.

    Nothing inside the token is mended: what a strict verifier refuses must still be there.

    Returns:
        Empty when there is none.

    Raises:
        Undecodable: it looks like a JSON answer, and cannot be read.
    """
    text = text.strip(" \t\r\n\ufeff")
    if text.startswith("{"):
        data = text.encode(errors="replace")
        text = str(decode_json(data, dict, max_bytes=4 * MAX_CHARACTERS).get("access_token", ""))
    text = text.strip(_AROUND)
    found = _HEADER.match(text)
    return "".join(text[found.end() if found else 0 :].split())
