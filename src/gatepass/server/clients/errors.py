"""Why a token request is refused, and what can go wrong when audiences and clients are declared.

Refused   GrantRefused        invalid_grant invalid_target invalid_scope invalid_client
Refused   BadAudience         invalid_audience
Refused   BadClient           client_name_invalid
Conflict  AudienceConflict    audience_exists audience_unknown
Conflict  ClientConflict      client_unknown
"""

from gatepass.kernel.errors import Conflict, Refused


class GrantRefused(Refused):
    """A token is not given (RFC 6749 section 5.2, RFC 8707 section 2, RFC 6585 section 4).

    Attributes:
        retry_after: seconds to wait before another try makes sense; None when waiting does not help.
    """

    codes = {
        "invalid_client": (401, "The client is not known, or has not shown who it is."),
        "invalid_grant": (400, "The refresh token is not valid any more, or never was."),
        "invalid_scope": (400, "The scope is malformed, or more than was granted."),
        "invalid_target": (400, "Tokens are not given for this resource, or not for these together."),
        "throttled": (429, "Tokens are asked for too often. Please wait before you try again."),
    }

    def __init__(self, code: str, *, retry_after: int | None = None, detail: str = "") -> None:
        super().__init__(code, detail=detail)
        self.retry_after = retry_after


class BadAudience(Refused):
    """An audience that cannot be declared."""

    codes = {
        "invalid_audience": (
            400,
            "An audience is an https URL, or http on a loopback name, with a name and plain scopes.",
        )
    }


class AudienceConflict(Conflict):
    """An audience is declared already, or is not."""

    codes = {
        "audience_exists": (409, "This audience is declared already."),
        "audience_unknown": (404, "This audience is not declared."),
    }


class BadClient(Refused):
    """A client that cannot be declared."""

    codes = {"client_name_invalid": (400, "The name of a client has 1 to 255 printable characters.")}


class ClientConflict(Conflict):
    """A client is not there, or not any more."""

    codes = {"client_unknown": (404, "There is no client with this id.")}
