"""A load balancer in its smallest form: each request goes to the next instance, whoever asks.

It knows nothing of sessions or tokens, and says in a header which instance answered.
One exchange for each connection, bodies of a known length: enough for this demo, and no more.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from itertools import cycle

Instance = tuple[str, int]
LONGEST = 1 << 20
DEADLINE = 10.0


async def forward(listen: int, instances: dict[str, int]) -> None:
    """Forward what arrives at port `listen` to the ports in `instances`, by turns, until cancelled."""
    turns = cycle(instances.items())

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(DEADLINE):
                await _exchange(reader, writer, turns)
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        finally:
            await _closed(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", listen, limit=LONGEST)
    async with server:
        await server.serve_forever()


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, turns: Iterator[Instance]) -> None:
    request = await _message(reader.readuntil)
    body = await reader.readexactly(_length(request))
    name, port = next(turns)
    answers, asks = await asyncio.open_connection("127.0.0.1", port, limit=LONGEST)
    try:
        asks.write(_with(request, b"connection: close") + body)
        answer = await _message(answers.readuntil)
        writer.write(_with(answer, b"connection: close", f"x-instance: {name}".encode()))
        writer.write(await answers.readexactly(_length(answer)))
        await writer.drain()
    finally:
        await _closed(asks)


async def _message(read: Callable[[bytes], Awaitable[bytes]]) -> bytes:
    return await read(b"\r\n\r\n")


def _length(head: bytes) -> int:
    lines = [line.partition(b":") for line in head.lower().split(b"\r\n")[1:]]
    if any(name == b"transfer-encoding" for name, _, _ in lines):
        raise ValueError("only bodies of a known length are forwarded")
    length = next((int(value) for name, _, value in lines if name == b"content-length"), 0)
    if not 0 <= length <= LONGEST:
        raise ValueError("the body is too long")
    return length


def _with(head: bytes, *fields: bytes) -> bytes:
    kept = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join((*kept, *fields, b"", b""))


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
