"""What can be wrong with a request before anyone asks who sent it, and with who did."""

from collections.abc import Collection, Mapping

from gatepass.kernel.errors import Conflict, Refused


class RequestRefused(Refused):
    """A request that is wrong whoever sent it.

    Attributes:
        allow: for `method_not_allowed`, the methods that are (RFC 9110 section 10.2.1).
    """

    codes = {
        "malformed_request": (400, "The request is malformed."),
        "method_not_allowed": (405, "This method is not allowed here."),
        "body_too_large": (413, "The body of the request is too large."),
        "unsupported_media_type": (415, "The body of the request has a media type that is not accepted here."),
        "headers_too_large": (431, "The headers of the request are too large."),
    }

    def __init__(self, code: str, *, detail: str = "", allow: Collection[str] = ()) -> None:
        super().__init__(code, detail=detail)
        self.allow = tuple(allow)


class NotFound(Conflict):
    """There is nothing at this address, or nothing that this caller may know of."""

    codes = {"not_found": (404, "There is nothing here.")}


class AccessRefused(Refused):
    """The request is well-formed, but the caller may not do this, or not yet.

    Attributes:
        challenge: parameters for `WWW-Authenticate` that tell the client what would help,
            such as `scope` (RFC 6750 section 3) or `max_age` and `acr_values` (RFC 9470 section 3).
    """

    codes = {
        "credential_required": (401, "Sign in first: the request carries no credential."),
        "insufficient_user_authentication": (401, "Sign in again: this needs a fresher or stronger sign-in."),
        "insufficient_scope": (403, "The credential does not cover this."),
        "cross_site_request": (403, "The request was started by another site."),
        "person_required": (403, "Only a signed-in person may do this."),
    }

    def __init__(self, code: str, *, challenge: Mapping[str, str] | None = None, detail: str = "") -> None:
        super().__init__(code, detail=detail)
        self.challenge = dict(challenge or {})
