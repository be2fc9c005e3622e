"""One request at the auth server: its view, its id, where it came from, and its answer as ASGI."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from gatepass.http.answers import Answer, refusal_answer
from gatepass.http.proxies import Proxies
from gatepass.http.refusals import RequestRefused
from gatepass.http.view import RequestView
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.kernel.ids import new_id
from gatepass.server.audit.model import Source

T = TypeVar("T")

log = logging.getLogger("gatepass.web")

_REQUEST_ID = "gatepass.request_id"


def request_id(scope: Scope) -> str:
    """The id of a request, of our own making and the same for everybody who asks.

    It ties an audit line, a line of the log and the page that a person sees to each other.
    """
    if _REQUEST_ID not in scope:
        scope[_REQUEST_ID] = new_id()
    found: str = scope[_REQUEST_ID]
    return found


def source_of(view: RequestView, proxies: Proxies, request_id: str = "") -> Source:
    """Who asks, for throttles and the audit.

    Args:
        request_id: see `request_id`; empty where nothing is written down.

    Raises:
        RequestRefused: a forwarding header is malformed.
    """
    address = proxies.resolve(view.peer, view).address
    return Source(address=address, agent=view.header("user-agent"), request_id=request_id)


def view_of(request: Request) -> RequestView:
    """The request as values, without its body."""
    return RequestView.from_scope(request.scope)


def to_response(answer: Answer) -> Response:
    """An `Answer` as Starlette sends it, header order and repetition kept."""
    response = Response(answer.body, answer.status)
    for name, value in answer.headers:
        response.headers.append(name, value)
    return response


def failure_answer(error: Exception, scope: Scope) -> Answer:
    """The JSON answer to `error`; when it is our fault, with the id under which the log tells more."""
    answer = refusal_answer(error)
    if answer.status < 500:
        return answer
    return Answer(answer.status, (*answer.headers, ("x-request-id", request_id(scope))), answer.body)


async def attended(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns, unless the client leaves before that: then it is cancelled.

    For work that waits for a password to be hashed. Nobody would read the answer, and
    whoever floods the queue and goes away must not keep others waiting.

    Args:
        receive: of a request whose body was read, so that only its end can come.

    Raises:
        RequestRefused: `malformed_request`: the client left. What `work` raises otherwise.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_departure(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise RequestRefused("malformed_request", detail="the client left")
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def log_failure(error: Exception, scope: Scope) -> None:
    """Tell the operator what the caller is not told: defects and parts that are down."""
    where = {"method": scope.get("method"), "path": scope["path"], "request_id": request_id(scope)}
    if not isinstance(error, GatepassError):
        log.error("request_failed", exc_info=error, extra=where)
    elif isinstance(error, Misuse) or error.status >= 500:
        log.error("request_failed", extra={**where, "code": error.code, "detail": error.detail or error.message})
