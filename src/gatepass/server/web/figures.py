"""What whoever watches the server sees: requests are counted here, and `/metrics` tells all figures."""

from collections.abc import Awaitable, Callable, Iterable

from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatepass.http.answers import Answer
from gatepass.http.refusals import AccessRefused
from gatepass.kernel.clock import monotonic
from gatepass.kernel.ids import same
from gatepass.kernel.secret import Secret
from gatepass.server.metrics import Metrics
from gatepass.server.metrics.exposition import CONTENT_TYPE, exposition

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
NO_ROUTE = "(none)"
NO_ANSWER = "none"


class Counted:
    """An application with each request counted, by the route's template and never by its path.

    Args:
        app: what answers.
        routes: of it; a request that none of them takes counts as `(none)`.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute], metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._templates = {id(route.endpoint): route.path for route in routes if isinstance(route, Route)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = NO_ANSWER

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        began = monotonic()
        try:
            await self._app(scope, receive, note)
        finally:
            # The router leaves in the scope what it has chosen.
            route = self._templates.get(id(scope.get("endpoint")), NO_ROUTE)
            method = scope.get("method", OTHER)
            method = method if method in METHODS else OTHER
            self._metrics.count("requests", method=method, route=route, status=status)
            self._metrics.observe("request", monotonic() - began, route=route)


def metrics_page(metrics: Metrics, token: Secret | None) -> Callable[[Request], Awaitable[Answer]]:
    """The handler of `/metrics`.

    Args:
        token: what a scrape must show as `Authorization: Bearer`; None: whoever reaches it may read.
    """

    async def page(request: Request) -> Answer:
        """All figures of this process. Raises AccessRefused without the token."""
        shown = request.headers.get("authorization", "")
        if token is not None and not same(shown.encode("latin-1"), b"Bearer " + token.reveal()):
            raise AccessRefused("credential_required")
        headers = (("content-type", CONTENT_TYPE), ("cache-control", "no-store"))
        return Answer(200, headers, exposition(metrics.snapshot()).encode())

    return page
