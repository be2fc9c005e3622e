"""Where in a request a token may be. What it is worth is decided elsewhere."""

from typing import Any, Protocol, runtime_checkable
from urllib.parse import parse_qsl

from gatepass.gate.need import BODY, NeedBody
from gatepass.gate.strategies.cookie import SiteCookie, set_cookie
from gatepass.http.refusals import RequestRefused
from gatepass.http.view import RequestView
from gatepass.jose.errors import TokenRefused
from gatepass.kernel.decoding import decode_json
from gatepass.kernel.errors import Misuse

MAX_BODY = 65_536
"""Longest body, in bytes, in which a token is looked for."""

MAX_FIELDS = 1_000


@runtime_checkable
class TokenCarrier(Protocol):
    """A place for a token.

    Attributes:
        scheme: one word for it, shown in `Identity.scheme`.
        ambient: whether browsers send it by themselves, so that other sites can make them.
    """

    scheme: str
    ambient: bool

    def token(self, view: RequestView) -> str | NeedBody | None:
        """The token, None when there is none, or the wish to see the body first.

        Raises:
            Refused: the place holds something, but not one token.
        """


class BearerToken:
    """The Authorization header with the scheme Bearer (RFC 6750 section 2.1)."""

    scheme = "bearer"
    ambient = False

    def token(self, view: RequestView) -> str | None:
        """The token of this request, if it has one.

        Raises:
            RequestRefused: the header came twice.
            TokenRefused: `malformed_token`, nothing follows the scheme.
        """
        scheme, _, rest = (view.header("authorization") or "").partition(" ")
        # Schemes are written in any case (RFC 9110 section 11.1). DPoP and others are not ours.
        if scheme.lower() != "bearer":
            return None
        token = rest.strip(" ")
        if not token:
            raise TokenRefused("malformed_token")
        return token


class TokenCookie:
    """A token in a cookie of this service, for its own pages.

    Args:
        name: of the cookie, without prefix.
        url: public URL of the service; a gate that accepts the cookie gives its own.
    """

    scheme = "cookie"
    ambient = True

    def __init__(self, name: str = "access_token", *, url: str | None = None) -> None:
        self.cookie = SiteCookie(name, url)

    def token(self, view: RequestView) -> str | None:
        """The token of this request, if it has one.

        Raises:
            RequestRefused: the cookie came twice.
        """
        return self.cookie.rule.read(view)

    def set(self, response: Any, token: str, *, max_age: int | None = None) -> None:
        """Store `token` in the browser, out of reach of its scripts.

        Args:
            response: a Starlette or FastAPI response, or any whose headers can be appended to.
            max_age: seconds; None keeps it until the browser closes.

        Raises:
            TokenRefused: `malformed_token`, the text is no token, or longer than browsers keep.
            Misuse: nobody has named the public URL.
        """
        rule = self.cookie.rule
        if not isinstance(token, str):
            # Such as the missing field of an answer that was no token.
            raise TokenRefused("malformed_token", detail="not text")
        try:
            value = rule.set(token, max_age)
        except Misuse as error:
            # The token came from outside, so what it looks like is nobody's mistake here.
            raise TokenRefused("malformed_token", detail=error.message) from None
        set_cookie(response, value)

    def clear(self, response: Any) -> None:
        """Make the browser forget the token.

        Raises:
            Misuse: nobody has named the public URL.
        """
        set_cookie(response, self.cookie.rule.clear())


class BodyToken:
    """A token in a field of a form or of a JSON object (RFC 6750 section 2.2 for forms).

    Bodies of another media type, and requests without one, hold none; the route can
    still read what was read here.

    Args:
        field: name of the field.
    """

    scheme = "body"
    ambient = False

    def __init__(self, field: str = "token") -> None:
        self.field = field
        self._find = {"application/x-www-form-urlencoded": self._in_form, "application/json": self._in_json}

    def token(self, view: RequestView) -> str | NeedBody | None:
        """The token of this request, if it has one.

        Raises:
            RequestRefused: `body_too_large`, or a form that names the field twice.
            Undecodable: the body is not JSON.
            TokenRefused: `malformed_token`, the field is empty or not text.
        """
        find = self._find.get(view.content_type)
        if find is None or view.method in ("GET", "HEAD", "OPTIONS", "WEBSOCKET"):
            return None
        if view.body is None:
            return BODY
        if len(view.body) > MAX_BODY:
            raise RequestRefused("body_too_large")
        token = find(view.body)
        if token is None:
            return None
        if not isinstance(token, str) or not token:
            raise TokenRefused("malformed_token")
        return token

    def _in_form(self, body: bytes) -> str | None:
        try:
            # A byte that is not UTF-8 becomes a mark that no token contains.
            pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except ValueError:
            raise RequestRefused("malformed_request") from None
        found = [value for name, value in pairs if name == self.field]
        if len(found) > 1:
            raise RequestRefused("malformed_request")
        return found[0] if found else None

    def _in_json(self, body: bytes) -> Any:
        if not body:
            return None
        value = decode_json(body, max_bytes=MAX_BODY, unique_names=True)
        return value.get(self.field) if isinstance(value, dict) else None
