"""A load balancer in its smallest form: each request goes to the next instance, whoever asks.

It knows nothing of sessions or tokens, and says in a header which instance answered.
One exchange for each connection, bodies of a known length: enough for this demo, and no more.
"""

import asyncio
import contextlib
import re
from itertools import cycle
from ssl import SSLContext

from gatepass.demo.certificates.tls import Tls

LONGEST_BODY = 1 << 20
DEADLINE = 10.0
"""Seconds for a request to arrive, and as many for its answer."""

# These belong to one connection (RFC 9110 section 7.6.1), or would make an instance answer twice.
NOT_PASSED_ON = re.compile(rb"(connection|keep-alive|upgrade|expect|x-instance):", re.IGNORECASE)
BODILESS = re.compile(rb"HTTP/1\.[01] (1\d\d|204|304)\b")
FAILURES = (OSError, ValueError, EOFError, TimeoutError, asyncio.LimitOverrunError)
Message = tuple[bytes, bytes]


async def forward(listen: int, instances: dict[str, int], tls: Tls | None = None) -> None:
    """Forward what arrives at port `listen` to the ports in `instances`, by turns, until cancelled.

    With `tls` both ways are encrypted, and the balancer reads in between what it forwards.
    """
    turns = cycle(instances.items())
    calling = tls.calling() if tls else None

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(*FAILURES):  # whoever sends no whole request gets no answer
            try:
                async with asyncio.timeout(DEADLINE):
                    request = await _message(reader)
                writer.write(await _answer(request, calling, *next(turns)))
            except ValueError:
                writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
        await _close(writer)

    async with await asyncio.start_server(serve, "127.0.0.1", listen, ssl=tls.serving() if tls else None) as server:
        await server.serve_forever()


async def _answer(request: Message, calling: SSLContext | None, name: str, port: int) -> bytes:
    """The whole answer of an instance, or 502: half an answer is never passed on."""
    try:
        async with asyncio.timeout(DEADLINE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=calling)
            try:
                writer.write(_with(request[0], b"connection: close") + request[1])
                head, body = await _message(reader, to_head=request[0].startswith(b"HEAD "))
            finally:
                await _close(writer)
    except FAILURES:
        head, body = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", b""
    return _with(head, b"connection: close", b"x-instance: " + name.encode()) + body


async def _message(reader: asyncio.StreamReader, *, to_head: bool = False) -> Message:
    head = await reader.readuntil(b"\r\n\r\n")
    return head, b"" if to_head or BODILESS.match(head) else await reader.readexactly(_length(head))


def _length(head: bytes) -> int:
    fields = [line.partition(b":") for line in head.lower().split(b"\r\n")[1:]]
    lengths = {value.strip() for name, _, value in fields if name == b"content-length"} or {b"0"}
    length = lengths.pop()
    chunked = any(name == b"transfer-encoding" for name, _, _ in fields)
    if lengths or chunked or not length.isdigit() or int(length) > LONGEST_BODY:
        raise ValueError("only bodies of one known and small length are forwarded")
    return int(length)


def _with(head: bytes, *fields: bytes) -> bytes:
    kept = [line for line in head[:-4].split(b"\r\n") if not NOT_PASSED_ON.match(line)]
    return b"\r\n".join((*kept, *fields, b"", b""))


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
