"""One address of the pages as an ASGI endpoint: the steps every request takes."""

from collections import Counter

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gatepass.gate.wire import read_body
from gatepass.http.origins import guard
from gatepass.http.refusals import RequestRefused
from gatepass.http.view import RequestView
from gatepass.server.audit.model import Source
from gatepass.server.web.bodies import MAX_BYTES, read_form
from gatepass.server.web.exchange import attended, log_failure, request_id, source_of, view_of
from gatepass.server.web.pages.desk import Desk
from gatepass.server.web.pages.errors import error_page
from gatepass.server.web.pages.visit import Handler, Visit


class Endpoint:
    """The handlers of one address.

    Args:
        get: answers GET and HEAD; it changes nothing.
        post: answers a form that one of our own pages sends.
        hashes: `post` waits for a password to be hashed, and is cancelled when the browser leaves.
    """

    def __init__(self, desk: Desk, *, get: Handler, post: Handler | None = None, hashes: bool = False) -> None:
        self._desk = desk
        self._hashes = hashes
        self._handlers = {"GET": get, "HEAD": get} | ({"POST": post} if post else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong becomes a page."""
        request = Request(scope, receive)
        view = view_of(request)
        try:
            source = source_of(view, self._desk.proxies, request_id(scope))
            response = await self._answer(request, view, source)
        except Exception as error:  # noqa: BLE001 - the last line: nothing leaves without an answer
            log_failure(error, scope)
            response = error_page(self._desk.render, error, request_id=request_id(scope))
        if view.method == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    async def _answer(self, request: Request, view: RequestView, source: Source) -> Response:
        handler = self._handlers.get(view.method)
        if handler is None:
            raise RequestRefused("method_not_allowed", allow=tuple(self._handlers))
        guard(view, (self._desk.origin,))
        posted = view.method == "POST"
        form = read_form(view, await read_body(request.receive, MAX_BYTES)) if posted else {}
        work = handler(Visit(view, source, _single(request), form))
        return await (attended(request.receive, work) if posted and self._hashes else work)


def _single(request: Request) -> dict[str, str]:
    pairs = request.query_params.multi_items()
    times = Counter(name for name, _ in pairs)
    return {name: value for name, value in pairs if times[name] == 1}
