"""Tokens as nobody issued them: what an attacker would try."""

import base64
import hashlib
import hmac
import json
from typing import Any

from gatepass.jose import unverified_header


def changed(token: str) -> str:
    """With one character of the payload changed."""
    header, payload, signature = token.split(".")
    # In the middle every character carries six bits of the text, so any other one changes it.
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    return f"{header}.{payload[:middle]}{other}{payload[middle + 1 :]}.{signature}"


def unsigned(token: str) -> str:
    """With a header that says there is no signature, and none (CVE-2015-9235)."""
    return f"{_header(token, 'none')}.{token.split('.')[1]}."


def confused(token: str, key: bytes) -> str:
    """Signed with something public as if it were a shared secret (CVE-2016-10555)."""
    text = f"{_header(token, 'HS256')}.{token.split('.')[1]}"
    return f"{text}.{base64url(hmac.digest(key, text.encode(), hashlib.sha256))}"


def base64url(data: bytes) -> str:
    """In the letters of a token."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(part: str) -> Any:
    """A part of a token, read by base64 alone: no key is needed for that."""
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _header(token: str, alg: str) -> str:
    return base64url(json.dumps({**unverified_header(token), "alg": alg}).encode())
