"""What the JSON forms of JWS and JWE share (RFC 7515 section 7.2, RFC 7516 section 7.2).

A token in JSON comes as text, or as the mapping that somebody else's decoder made of
it. Both are read by the same strict decoder, so that neither is a way around a rule.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from gatepass.jose.errors import TokenRefused
from gatepass.jose.header import HEADER_DEPTH, check_header
from gatepass.kernel.decoding import Undecodable, decode_json

T = TypeVar("T")

_DEPTH = 3 + HEADER_DEPTH
"""A header stands in an object of a list of the object."""

_UNWRITABLE = (TypeError, ValueError, RecursionError)


def read_object(token: str | bytes | Mapping[str, Any], max_bytes: int) -> dict[str, Any]:
    """The members of a token in JSON: UTF-8, no repeated names, at most `max_bytes` long as compact JSON text.

    Raises:
        TokenRefused: malformed_token.
    """
    text = _text(token, max_bytes)
    try:
        members: dict[str, Any] = decode_json(text, dict, max_bytes=max_bytes, max_depth=_DEPTH, unique_names=True)
    except Undecodable as error:
        raise TokenRefused("malformed_token", detail=f"JSON form: {error.code}") from None
    return members


def member(members: Mapping[str, Any], name: str, kind: type[T], *, empty: bool = False) -> T | None:
    """The member of that name, or None if it is not there. A null is there, and of the wrong type.

    What is empty must be left out (RFC 7515 section 7.2.1, RFC 7516 section 7.2.1), unless it may be `empty`.

    Raises:
        TokenRefused: malformed_token.
    """
    if name not in members:
        return None
    value = members[name]
    if not isinstance(value, kind) or not (value or empty):
        raise TokenRefused("malformed_token", detail=f"JSON form: {name} is empty or of another type")
    return value


def join_headers(*headers: Mapping[str, Any]) -> dict[str, Any]:
    """The JOSE header: all members of the protected and unprotected `headers`, its rules checked as in `check_header`.

    A name in two of them is refused: two readers could take different ones for the
    true one (RFC 7515 section 7.2.1, RFC 7516 section 7.2.1).

    Raises:
        TokenRefused: malformed_token.
    """
    joined: dict[str, Any] = {}
    for header in headers:
        if not joined.keys().isdisjoint(header):
            raise TokenRefused("malformed_token", detail="JSON form: a name is in two headers")
        joined.update(header)
    return check_header(joined)


def _text(token: Any, max_bytes: int) -> bytes:
    """The token as JSON text. One that is too long may be cut short here: it is refused either way."""
    try:
        if isinstance(token, Mapping):
            return json.dumps(dict(token), ensure_ascii=False, separators=(",", ":")).encode()
        if isinstance(token, str):
            return token[: max_bytes + 1].encode()
    except _UNWRITABLE:  # lone surrogates among them
        raise TokenRefused("malformed_token", detail="JSON form: not JSON") from None
    if not isinstance(token, bytes):
        raise TokenRefused("malformed_token", detail="JSON form: no text and no mapping")
    return token
