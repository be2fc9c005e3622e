"""ASGI, as far as every adapter needs it: reading a body twice, and answering."""

from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import urlencode

from gatepass.gate.strategies.carriers import MAX_BODY
from gatepass.http.answers import Answer
from gatepass.http.refusals import RequestRefused

# Frameworks write these dicts in types of their own that do not fit each other.
Scope = Any
Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY_VIOLATION = 1008
"""WebSocket close code (RFC 6455 section 7.4.1)."""


async def read_body(receive: Receive, max_bytes: int = MAX_BODY) -> bytes:
    """The whole body, as long as it is not longer than a token needs.

    Raises:
        RequestRefused: `body_too_large`; `malformed_request`, the client went away.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestRefused("malformed_request", detail="the client went away")
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        more = message.get("more_body", False)
        if size > max_bytes:
            raise RequestRefused("body_too_large")
    return b"".join(parts)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives `body` once more and then goes on with what comes after it."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return pending.pop() if pending else await receive()

    return receive_again


async def body_of(request: Any) -> bytes:
    """The body of a Starlette or FastAPI request, bounded; the route can read it again.

    FastAPI reads the body before it asks who is there; then what it kept is used. What was
    read by others, or cannot be read from here, counts as empty.

    Raises:
        RequestRefused: as `read_body`.
    """
    kept: bytes | None = getattr(request, "_body", None)
    if kept is not None:
        return kept
    if getattr(request, "_form", None) is not None:
        form = await request.form()
        return urlencode([(name, value) for name, value in form.multi_items() if isinstance(value, str)]).encode()
    if getattr(request, "_stream_consumed", False) or not hasattr(request, "receive"):
        return b""
    # Where `Request.body` keeps it, too: there is no public way to give a body back.
    request._body = await read_body(request.receive)
    return cast(bytes, request._body)


async def send_answer(answer: Answer, scope: Scope, send: Send) -> None:
    """Answer a request, or refuse a WebSocket handshake.

    A refused handshake is an HTTP answer where the server can send one (ASGI extension
    `websocket.http.response`), else a close before the accept, which servers turn into 403.
    """
    prefix = ""
    if scope["type"] == "websocket":
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})
            return
        prefix = "websocket."
    await send({"type": f"{prefix}http.response.start", "status": answer.status, "headers": raw_headers(answer)})
    await send({"type": f"{prefix}http.response.body", "body": answer.body})


def raw_headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    """The headers of `answer` as ASGI writes them, with Content-Length where RFC 9110 section 8.6 allows one."""
    named = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.status not in (204, 304):
        named.append((b"content-length", b"%d" % len(answer.body)))
    return named
