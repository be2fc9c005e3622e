"""Refusals as HTTP answers: one shape for every room and framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from gatepass.http.fields import field_name, field_value, quoted
from gatepass.http.refusals import AccessRefused, RequestRefused
from gatepass.kernel.errors import GatepassError, Misuse

TOKEN_CODES = frozenset(
    {
        "malformed_token",
        "unknown_key",
        "bad_signature",
        "decryption_failed",
        "token_expired",
        "token_not_yet_valid",
        "wrong_issuer",
        "wrong_audience",
        "wrong_type",
        "missing_claim",
        "bad_claim",
        "token_revoked",
    }
)
"""Reasons that OAuth clients know under one name, `invalid_token` (RFC 6750 section 3.1).

They belong to `jose`, the neighbour on this floor; a test holds the two lists together.
"""

_NAMED_IN_CHALLENGE = frozenset({"insufficient_scope", "insufficient_user_authentication"})

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer: what an adapter turns into its framework's response.

    Attributes:
        headers: pairs with lower-case names; without Content-Length, which the adapter knows best.

    Raises:
        Misuse: a header has a line break or another character that does not belong there.
    """

    status: int
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        for name, value in self.headers:
            field_name(name)
            field_value(value)


def json_answer(status: int, value: object, *headers: tuple[str, str]) -> Answer:
    """`value` as JSON that no cache keeps and no browser takes for anything else."""
    fixed = (
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    )
    return Answer(status, fixed + headers, msgspec.json.encode(value))


def refusal_answer(error: Exception, *, realm: str | None = None) -> Answer:
    """The answer to a request that ended in `error`; never raises.

    The body is `{"error", "error_description"}`, for a bad token also `"reason"` with the
    fine code. 401 and missing scopes carry a challenge (RFC 6750 section 3, RFC 9470
    section 3), without parameters when there was no credential at all. What is not the
    caller's doing is `server_error` without details.

    Args:
        realm: name of the protected place, shown in the challenge.
    """
    if not isinstance(error, GatepassError) or isinstance(error, Misuse):
        return _server_error()
    try:
        return json_answer(error.status, _body(error), *_headers(error, realm))
    except Misuse:
        # A scope or realm that cannot stand in a header: the programmer's mistake.
        return _server_error()


def challenge(realm: str | None, parameters: Mapping[str, str], scheme: str = "Bearer") -> str:
    """A `WWW-Authenticate` value (RFC 9110 section 11.6.1).

    Raises:
        Misuse: a name or value cannot stand in a header.
    """
    named = {"realm": realm, **parameters} if realm is not None else parameters
    listed = ", ".join(f"{field_name(name)}={quoted(value)}" for name, value in named.items())
    return f"{scheme} {listed}" if listed else scheme


def _server_error() -> Answer:
    body = {"error": "server_error", "error_description": "Something went wrong on our side."}
    return json_answer(500, body)


def _is_about_a_token(error: GatepassError) -> bool:
    return error.status == 401 and error.code in TOKEN_CODES


def _body(error: GatepassError) -> dict[str, str]:
    if _is_about_a_token(error):
        return {"error": "invalid_token", "error_description": error.message, "reason": error.code}
    return {"error": error.code, "error_description": error.message}


def _headers(error: GatepassError, realm: str | None) -> Headers:
    found: list[tuple[str, str]] = []
    if error.status == 401 or error.code in _NAMED_IN_CHALLENGE:
        found.append(("www-authenticate", _challenge_of(error, realm)))
    # Unavailable always says when to come back; throttled refusals do as well.
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        found.append(("retry-after", str(max(1, int(retry_after)))))
    if isinstance(error, RequestRefused) and error.code == "method_not_allowed":
        found.append(("allow", ", ".join(error.allow)))
    return tuple(found)


def _challenge_of(error: GatepassError, realm: str | None) -> str:
    if getattr(error, "scheme", None) == "Basic":
        # RFC 7617 sections 2 and 2.1: a realm there must be.
        return challenge(realm or "gatepass", {"charset": "UTF-8"}, "Basic")
    return challenge(realm, _challenge_parameters(error))


def _challenge_parameters(error: GatepassError) -> dict[str, str]:
    extra = error.challenge if isinstance(error, AccessRefused) else {}
    if _is_about_a_token(error):
        return {"error": "invalid_token", "error_description": error.message}
    if error.code in _NAMED_IN_CHALLENGE:
        return {"error": error.code, "error_description": error.message, **extra}
    return dict(extra)
