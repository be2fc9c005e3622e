"""One operation of the API as a value, and the one place that runs it.

A request takes the same steps everywhere: preflight, method, who is asking, body,
handler, answer. The same value describes the operation in OpenAPI, so the document
cannot say something that the server does not do.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gatepass.gate import Gate, Identity, Requirement
from gatepass.gate.wire import read_body, send_answer
from gatepass.http.answers import Answer, json_answer
from gatepass.http.cors import cors_headers, is_preflight, preflight_answer
from gatepass.http.proxies import Proxies
from gatepass.http.refusals import AccessRefused, RequestRefused
from gatepass.http.view import RequestView
from gatepass.jose import TokenRefused
from gatepass.kernel.errors import GatepassError
from gatepass.server.audit.model import Source
from gatepass.server.web.bodies import MAX_BYTES, decode_body, read_parameters
from gatepass.server.web.exchange import attended, failure_answer, log_failure, request_id, source_of


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a handler gets: everything of the request that it may look at.

    Attributes:
        body: the decoded `Operation.body`, None when it has none.
        who: the identity when the operation requires one.
        parameters: of the path.
    """

    view: RequestView
    source: Source
    body: Any = field(repr=False)
    who: Identity | None
    parameters: dict[str, Any]

    @property
    def identity(self) -> Identity:
        """The one who asks, where the operation requires somebody."""
        assert self.who is not None  # the operation has `requires`
        return self.who


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path.

    Attributes:
        name: stable id of the operation, for generated clients.
        body: Struct of the request, None when there is none.
        answer: Struct of the answer; None is 204.
        requires: what the caller must show; None is open to all.
        guests: callers without any credential are let through, a bad one is still refused.
        oauth: it reads and refuses as RFC 6749 says (sections 3.2 and 5.2), and authenticates clients itself.
        hashes: it waits for a password to be hashed, and is cancelled when its client leaves.
        refusals: the errors that are its own; those every operation has are not listed.
    """

    name: str
    method: str
    path: str
    summary: str
    handler: Callable[[Exchange], Coroutine[Any, Any, Any]]
    body: type[msgspec.Struct] | None = None
    answer: Any = None
    status: int = 200
    requires: Requirement | None = None
    guests: bool = False
    oauth: bool = False
    hashes: bool = False
    refusals: tuple[type[GatepassError], ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """An answer with headers of its own, for the few handlers that set or clear a cookie."""

    value: Any
    headers: tuple[tuple[str, str], ...]


class Endpoint:
    """All operations of one path, as an ASGI application: it gets every method there is."""

    def __init__(self, operations: Sequence[Operation], gate: Gate, proxies: Proxies, origins: Sequence[str]) -> None:
        self._operations = {one.method: one for one in operations}
        self._gate = gate
        self._proxies = proxies
        self._origins = tuple(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong becomes an answer, too."""
        view = RequestView.from_scope(scope)
        try:
            answer = await self._answer(view, scope, receive)
        except Exception as error:  # noqa: BLE001 - the last line: nothing leaves without an answer
            log_failure(error, scope)
            refusal = failure_answer(error, scope)
            answer = Answer(refusal.status, (*refusal.headers, *_cors_or_none(view, self._origins)), refusal.body)
        await send_answer(answer, scope, send)

    async def _answer(self, view: RequestView, scope: Scope, receive: Receive) -> Answer:
        if is_preflight(view):
            return preflight_answer(view, self._origins, methods=tuple(self._operations))
        cors = cors_headers(view, self._origins)
        operation = self._operations.get("GET" if view.method == "HEAD" else view.method)
        if operation is None:
            raise RequestRefused("method_not_allowed", allow=tuple(self._operations))
        source = source_of(view, self._proxies, request_id(scope))
        who = await self._who(view, operation)
        body = await _body(view, receive, operation)
        work = operation.handler(Exchange(view, source, body, who, scope["path_params"]))
        result = await (attended(receive, work) if operation.hashes else work)
        headers: tuple[tuple[str, str], ...] = ()
        if isinstance(result, Done):
            result, headers = result.value, result.headers
        if operation.answer is None:
            return Answer(204, (("cache-control", "no-store"), *headers, *cors))
        return json_answer(operation.status, result, *headers, *cors)

    async def _who(self, view: RequestView, operation: Operation) -> Identity | None:
        if operation.requires is None:
            return None
        try:
            who = await self._gate.admit(view, operation.requires)
        except AccessRefused as refused:
            if operation.guests and refused.code == "credential_required":
                return None
            raise
        # Whoever else a token is for could replay it here: ours is for this server alone.
        if len(who.audience) > 1:
            raise TokenRefused("wrong_audience", "aud")
        return who


async def _body(view: RequestView, receive: Receive, operation: Operation) -> Any:
    if operation.body is None:
        return None
    read = read_parameters if operation.oauth else decode_body
    return read(view, await read_body(receive, MAX_BYTES), operation.body)


def _cors_or_none(view: RequestView, origins: Sequence[str]) -> list[tuple[str, str]]:
    try:
        return cors_headers(view, origins)
    except RequestRefused:
        return []


def routes(operations: Sequence[Operation], gate: Gate, proxies: Proxies, origins: Sequence[str]) -> list[Route]:
    """One route for each path, so that a wrong method is answered with the right `Allow`."""
    paths = dict.fromkeys(one.path for one in operations)
    return [
        Route(path, Endpoint([one for one in operations if one.path == path], gate, proxies, origins)) for path in paths
    ]
