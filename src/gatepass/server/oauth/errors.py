"""What OAuth endpoints refuse, in the codes of RFC 6749 section 5.2 and RFC 7009 section 2.2.1."""

from gatepass.kernel.errors import Refused


class OAuthRefused(Refused):
    """A request to an OAuth endpoint that is refused.

    Attributes:
        retry_after: seconds to wait before another try makes sense; None when waiting does not help.
        scheme: how a client that is not let in may show who it is (RFC 6749 section 5.2).
    """

    codes = {
        "invalid_request": (400, "A parameter is missing, malformed or repeated, or the body is not a form."),
        "invalid_client": (401, "The client is not known, or has not shown who it is."),
        "unauthorized_client": (400, "The token was given to another client."),
        "unsupported_token_type": (400, "Access tokens for services expire; revoke the refresh token instead."),
        "throttled": (429, "Wrong client secrets came too often from there. Please wait before you try again."),
    }
    scheme = "Basic"

    def __init__(self, code: str, *, retry_after: int | None = None, detail: str = "") -> None:
        super().__init__(code, detail=detail)
        self.retry_after = retry_after
