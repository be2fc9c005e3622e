"""A cookie of the service that a gate protects."""

from typing import Any

from gatepass.http.cookies import CookieRule
from gatepass.http.view import RequestView
from gatepass.kernel.errors import Misuse


class SiteCookie:
    """A cookie whose real name and flags are known once the public URL of the service is.

    Args:
        name: without prefix.
        url: public URL of the service; a gate that accepts the cookie gives its own.

    Raises:
        Misuse: the name or the URL cannot be used.
    """

    def __init__(self, name: str, url: str | None) -> None:
        self._plain = name
        self._rule: CookieRule | None = None
        if url is not None:
            self.bind(url)

    def bind(self, url: str) -> None:
        """Use the cookie on the service at `url`.

        Raises:
            Misuse: the URL cannot be used, or asks for another cookie than an earlier one.
        """
        rule = CookieRule.for_url(url, self._plain)
        if self._rule not in (None, rule):
            raise Misuse(f"The cookie {self._plain} is already in use on a service with another scheme.")
        self._rule = rule

    @property
    def bound(self) -> bool:
        """Whether the public URL is known."""
        return self._rule is not None

    @property
    def rule(self) -> CookieRule:
        """Name and flags.

        Raises:
            Misuse: nobody has named the public URL.
        """
        if self._rule is None:
            raise Misuse(f"The cookie {self._plain} needs the public URL of the service: say url=, or accept it.")
        return self._rule


def view_of(request: Any) -> RequestView:
    """The view of a request: a view itself, or anything with an ASGI `scope` (Starlette, FastAPI).

    Raises:
        Misuse: it is neither.
    """
    if isinstance(request, RequestView):
        return request
    scope = getattr(request, "scope", None)
    if not isinstance(scope, dict):
        raise Misuse("Expected a request with an ASGI scope, or a RequestView.")
    return RequestView.from_scope(scope)


def set_cookie(response: Any, value: str) -> None:
    """Add one Set-Cookie header to a response whose `headers` can `append` (Starlette, FastAPI) or `add`.

    Raises:
        Misuse: the response has no such headers.
    """
    headers = getattr(response, "headers", None)
    add = getattr(headers, "append", None) or getattr(headers, "add", None)
    if add is None:
        raise Misuse("Expected a response whose headers can be appended to, such as Starlette's.")
    add("set-cookie", value)
