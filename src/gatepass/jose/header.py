"""The header that JWS and JWE share (RFC 7515 section 4, RFC 7516 section 4).

What an unverified header says only chooses among keys that we already trust; keys
and addresses inside it are never used.
"""

from typing import Any

from gatepass.jose import base64url
from gatepass.jose.errors import NotBase64url, TokenRefused
from gatepass.jose.key import is_kid
from gatepass.kernel.decoding import Undecodable, decode_json

MAX_HEADER = 4096
"""Longest header segment, in characters."""

HEADER_DEPTH = 4
"""Deepest nesting of a header, itself counted."""


def read_header(head: str) -> dict[str, Any]:
    """The protected header (RFC 7515 section 4), its own rules checked.

    1. Bounded base64url of a JSON object without repeated names: `decode_header`.
    2. The rules for its members: `check_header`.

    Raises:
        TokenRefused: malformed_token.
    """
    return check_header(decode_header(head))


def decode_header(head: str) -> dict[str, Any]:
    """The members of a protected header, none of them looked at: a JSON object without repeated names (section 4).

    Raises:
        TokenRefused: malformed_token.
    """
    if len(head) > MAX_HEADER:
        raise TokenRefused("malformed_token", detail="the header is too long")
    try:
        header: dict[str, Any] = decode_json(
            base64url.decode(head), dict, max_bytes=MAX_HEADER, max_depth=HEADER_DEPTH, unique_names=True
        )
    except (NotBase64url, Undecodable) as error:
        raise TokenRefused("malformed_token", detail=f"header: {error.code}") from None
    return header


def check_header(header: dict[str, Any]) -> dict[str, Any]:
    """The header, if its members are as they must be.

    1. `alg` is text (section 4.1.1); `kid` and `typ`, if there, are text (4.1.4, 4.1.9).
    2. No `crit`: no extension is understood here (4.1.11); so no `b64` either (RFC 7797 section 6).

    Raises:
        TokenRefused: malformed_token.
    """
    if not isinstance(header.get("alg"), str) or not isinstance(header.get("typ", ""), str):
        raise TokenRefused("malformed_token", detail="header: alg or typ is no text")
    if "kid" in header and (header["kid"] is None or not is_kid(header["kid"])):
        raise TokenRefused("malformed_token", detail="header: kid is no text of usable length")
    if "crit" in header or "b64" in header:
        raise TokenRefused("malformed_token", detail="header: extensions are not understood")
    return header


def take_b64(protected: dict[str, Any]) -> bool:
    """Whether a JWS with this protected header encodes its payload; `b64` and `crit` are dealt with and taken out.

    For raw JWS only: a JSON Web Token is always encoded (RFC 7797 section 7).

    1. `crit` names extensions that are understood, in a list that is not empty and without
       repetitions, and that are there (RFC 7515 section 4.1.11): the one there is is `b64`.
    2. `b64` is true or false (RFC 7797 section 3), and a false one is named in `crit`, lest a
       reader that knows nothing of it takes the payload for another one (section 6).

    Raises:
        TokenRefused: malformed_token.
    """
    critical = "crit" in protected
    if critical and (protected.pop("crit") != ["b64"] or "b64" not in protected):
        raise TokenRefused("malformed_token", detail="header: crit is not the list of the one extension known here")
    encoded = protected.pop("b64", True)
    if encoded is not True and (encoded is not False or not critical):
        raise TokenRefused("malformed_token", detail="header: b64 is not true or false, or false and not in crit")
    return encoded is True


def media_type(name: str) -> str:
    """A `typ` or `cty` to compare with: not case-sensitive, `application/` may be left out (RFC 7515 section 4.1.9)."""
    return name.lower().removeprefix("application/")
