"""Why a payload could not be read.

The verifier's own decoding only learns that something is wrong. Here, off the fast
path, the kernel's decoder finds out what, in words that repeat nothing of the input.
"""

import re
from typing import Any

import msgspec

from gatepass.jose.errors import TokenRefused
from gatepass.kernel.decoding import MAX_DEPTH, Undecodable, decode_json


def payload_refusal(body: bytes, kinds: tuple[Any, ...], max_bytes: int) -> TokenRefused:
    """The refusal of a payload that could not be decoded into all of `kinds`.

    Returns:
        missing_claim or bad_claim with the claim's name, or malformed_token.
    """
    for kind in kinds:
        try:
            decode_json(body, kind, max_bytes=max_bytes)
        except Undecodable as error:
            return _refusal(error, _field(error.path, kind), _members(body, max_bytes))
    return TokenRefused("malformed_token", detail="claims: unreadable")


def check_nesting(body: bytes, max_bytes: int) -> None:
    """Refuse a payload that is nested deeper than recursive code of a caller may bear.

    How deep msgspec itself goes depends on the version of Python.

    Raises:
        TokenRefused: malformed_token.
    """
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    try:
        decode_json(body, max_bytes=max_bytes)
    except Undecodable as error:
        raise TokenRefused("malformed_token", detail=f"claims: {error.code}") from None


def _refusal(error: Undecodable, claim: str | None, members: dict[str, Any] | None) -> TokenRefused:
    if claim and members is not None and claim not in members:
        return TokenRefused("missing_claim", claim)
    if claim or (members is not None and error.code in ("invalid_field", "unknown_field")):
        return TokenRefused("bad_claim", claim, detail=f"claims: {error.code}")
    return TokenRefused("malformed_token", detail=f"claims: {error.code}")


def _field(path: str, kind: Any) -> str | None:
    """The field of `kind` that `path` begins with. A name may itself hold dots: it is looked up, not cut out."""
    names = [] if kind is dict else [field.encode_name for field in msgspec.structs.fields(kind)]
    return next((name for name in names if re.match(rf"\$\.{re.escape(name)}(?![^.\[])", path)), None)


def _members(body: bytes, max_bytes: int) -> dict[str, Any] | None:
    """The claims by name; None when the payload is no readable JSON object."""
    try:
        members: dict[str, Any] = decode_json(body, dict, max_bytes=max_bytes)
    except Undecodable:
        return None
    return members
