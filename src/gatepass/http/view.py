"""The request as the gate and the strategies see it: values, no framework.

Reading is lazy, because most requests are decided by one header. What HTTP leaves
ambiguous is refused here, once: two components that read the same request
differently are how credentials get smuggled.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from gatepass.http.refusals import RequestRefused

MAX_COOKIE_CHARACTERS = 65_536
"""Longest Cookie header that is searched; browsers send far less."""

_LISTS = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"access-control-request-headers",
        b"cache-control",
        b"if-match",
        b"if-none-match",
        b"sec-websocket-protocol",
        b"x-forwarded-for",
        b"x-forwarded-proto",
    }
)
"""Fields defined as lists: several of them mean the same as one with commas (RFC 9110 section 5.3)."""


class RequestView:
    """One HTTP request or WebSocket handshake, read-only.

    Attributes:
        method: upper-case; `WEBSOCKET` for a WebSocket handshake.
        scheme: `http`, `https`, `ws` or `wss`, of the connection that reached us.
        path: percent-decoded.
        query: as sent, without the question mark.
        peer: address at the other end of the connection; None for a Unix socket.
        body: the whole body, or None when nobody has read it.

    Args:
        headers: pairs of name and value, in any case and order, as received.
    """

    __slots__ = ("_fields", "body", "method", "path", "peer", "query", "scheme")

    def __init__(
        self,
        method: str = "GET",
        path: str = "/",
        *,
        scheme: str = "http",
        query: str = "",
        peer: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
    ) -> None:
        self.method = method.upper()
        self.scheme = scheme
        self.path = path
        self.query = query
        self.peer = peer
        self.body = body
        self._fields: list[tuple[bytes, bytes]] = [
            (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers
        ]

    @classmethod
    def from_scope(cls, scope: Mapping[str, Any]) -> "RequestView":
        """The view of an ASGI `http` or `websocket` scope, whose header names are lower-case already."""
        view = cls.__new__(cls)
        view.method = scope["method"].upper() if scope["type"] == "http" else "WEBSOCKET"
        view.scheme = scope.get("scheme", "http")
        view.path = scope["path"]
        view.query = scope.get("query_string", b"").decode("latin-1")
        client = scope.get("client")
        view.peer = client[0] or None if client else None
        view.body = None
        fields = scope["headers"]
        view._fields = fields if type(fields) is list else list(fields)
        return view

    def with_body(self, body: bytes) -> "RequestView":
        """The same request with its body read."""
        view = RequestView.__new__(RequestView)
        view.method = self.method
        view.scheme = self.scheme
        view.path = self.path
        view.query = self.query
        view.peer = self.peer
        view.body = body
        view._fields = self._fields
        return view

    def header(self, name: str) -> str | None:
        """The value of the header `name`, or None.

        Fields defined as lists are joined in order (RFC 9110 section 5.3), and so are
        Cookie fields (RFC 9113 section 8.2.3). Every other field may come once only.

        Raises:
            RequestRefused: `malformed_request`, a field that may come once came twice, or a
                value holds a line break or NUL (RFC 9110 section 5.5).
        """
        wanted = name.lower().encode("latin-1", "replace")
        found = None
        # Every request comes here several times: a loop costs half of a comprehension that finds one value, and text
        # is searched three times as fast as bytes.
        for field, value in self._fields:
            if field == wanted:
                if found is not None:
                    found = _joined(wanted, [value for field, value in self._fields if field == wanted])
                    break
                found = value
        if found is None:
            return None
        text = found.decode("latin-1")
        if "\n" in text or "\r" in text or "\0" in text:
            raise RequestRefused("malformed_request")
        return text.strip(" \t")

    def cookie(self, name: str) -> str | None:
        """The value of the cookie `name`, or None.

        Cookies are told apart as RFC 6265 section 5.4 writes them: at semicolons, with
        nothing but blanks and tabs around. Trimming more (as `str.strip` does) would let
        a sibling site plant `\\xa0__Host-…`, which the browser does not protect.

        Raises:
            RequestRefused: `malformed_request`, the name occurs twice (one of the two was
                planted, and nothing tells which); `headers_too_large`, 64 KiB of cookies.
        """
        header = self.header("cookie")
        if header is None or name not in header:
            return None
        if len(header) > MAX_COOKIE_CHARACTERS:
            raise RequestRefused("headers_too_large")
        found = None
        for pair in header.split(";"):
            left, equals, value = pair.partition("=")
            if equals and left.strip(" \t") == name:
                if found is not None:
                    raise RequestRefused("malformed_request", detail="a cookie occurs twice")
                found = value.strip(" \t")
        return found

    @property
    def content_type(self) -> str:
        """The media type of the body in lower case, without parameters; empty when none is named.

        Raises:
            RequestRefused: `malformed_request`, it is named twice.
        """
        return (self.header("content-type") or "").partition(";")[0].rstrip(" \t").lower()

    def __repr__(self) -> str:
        # Headers, query and body may hold credentials.
        return f"RequestView({self.method!r}, {self.path!r})"


def _joined(name: bytes, values: list[bytes]) -> bytes:
    if name == b"cookie":
        return b"; ".join(values)
    if name in _LISTS:
        return b", ".join(values)
    raise RequestRefused("malformed_request", detail="a header that may come once came twice")
