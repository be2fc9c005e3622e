"""One request at the auth server: its view, where it came from, and its answer as ASGI."""

import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gatepass.http.answers import Answer
from gatepass.http.proxies import Proxies
from gatepass.http.view import RequestView
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.kernel.ids import new_id
from gatepass.server.audit.model import Source

log = logging.getLogger("gatepass.web")


def source_of(view: RequestView, proxies: Proxies) -> Source:
    """Who asks, for throttles and the audit; a request id of our own making ties both to the log.

    Raises:
        RequestRefused: a forwarding header is malformed.
    """
    return Source(
        address=proxies.resolve(view.peer, view).address, agent=view.header("user-agent"), request_id=new_id()
    )


def view_of(request: Request) -> RequestView:
    """The request as values, without its body."""
    return RequestView.from_scope(request.scope)


def to_response(answer: Answer) -> Response:
    """An `Answer` as Starlette sends it, header order and repetition kept."""
    response = Response(answer.body, answer.status)
    for name, value in answer.headers:
        response.headers.append(name, value)
    return response


def log_failure(error: Exception, where: dict[str, Any]) -> None:
    """Tell the operator what the caller is not told: defects and parts that are down."""
    if not isinstance(error, GatepassError):
        log.error("request_failed", exc_info=error, extra=where)
    elif isinstance(error, Misuse) or error.status >= 500:
        log.error("request_failed", extra={**where, "code": error.code, "detail": error.detail or error.message})
