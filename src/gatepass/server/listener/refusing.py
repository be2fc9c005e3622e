"""Answers that the listener gives by itself, as bytes on the wire."""

from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gatepass.http.answers import refusal_answer
from gatepass.kernel.errors import GatepassError


def refusal(error: GatepassError, headers: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """A complete HTTP/1.1 answer to `error`, after which the connection is closed (RFC 9112 section 9.6).

    Args:
        headers: sent before the answer's own, such as Date.
    """
    answer = refusal_answer(error)
    pairs = [*headers, *((name.encode(), value.encode()) for name, value in answer.headers)]
    pairs += [(b"content-length", b"%d" % len(answer.body)), (b"connection", b"close")]
    lines = b"".join(b"%b: %b\r\n" % pair for pair in pairs)
    return b"%b%b\r\n%b" % (STATUS_LINE[answer.status], lines, answer.body)
