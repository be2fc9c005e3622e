"""A client that sends exactly the bytes it is told to, and an application that says what it got."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from gatepass.server.listener import Address

PATIENCE = 10.0
"""Seconds after which a test gives up waiting; nothing is measured against it."""


@dataclass(frozen=True)
class Said:
    """One HTTP answer as it came off the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send these bytes, or find out that nobody reads them any more."""
        with suppress(ConnectionError):
            self._writer.write(data)
            async with asyncio.timeout(PATIENCE):
                await self._writer.drain()

    async def answer(self, *, body: bool = True) -> Said:
        """The next answer; it must have a Content-Length unless it has no body."""
        async with asyncio.timeout(PATIENCE):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head[:-4].split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            length = int(headers.get("content-length", "0")) if body else 0
            return Said(int(first.split(" ")[1]), headers, await self._reader.readexactly(length))

    async def rest(self) -> bytes:
        """Everything until the server ends the connection, politely or not."""
        got = b""
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE):
                while piece := await self._reader.read(65_536):
                    got += piece
        return got

    async def drip(self, data: bytes, pause: float) -> bytes:
        """Send one byte after the other until the server says something; return all it says."""
        for byte in data:
            with suppress(TimeoutError, ConnectionError):
                await self.send(bytes([byte]))
                first = await asyncio.wait_for(self._reader.read(65_536), pause)
                return first + await self.rest()
        return await self.rest()


@asynccontextmanager
async def connected(address: Address, tls: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    """Connect for the length of an `async with`."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(address.host, address.port, ssl=tls)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await writer.wait_closed()


@dataclass
class Echo:
    """An ASGI application that answers with what it got, as JSON, and remembers all of it.

    `/early` answers before it reads the body; `/wait` answers when `let_go` is set;
    `/flood` answers with `flood` bytes. A WebSocket gets its messages back.
    """

    flood: int = 0
    seen: list[dict[str, Any]] = field(default_factory=list)
    disconnected: int = 0
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await self._talk(receive, send)
        else:
            self.entered.set()
            try:
                await self._answer(scope, receive, send)
            finally:
                self.left.set()

    async def _live(self, receive: Any, send: Any) -> None:
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})

    async def _talk(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body, whole = (b"", True) if scope["path"] == "/early" else await self._read(receive)
        if scope["path"] == "/wait":
            await self.let_go.wait()
        headers = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]]
        got = {"method": scope["method"], "path": scope["path"], "scheme": scope["scheme"]}
        got |= {"headers": headers, "body": body.decode("latin-1"), "whole": whole}
        self.seen.append(got)
        out = b"x" * self.flood if scope["path"] == "/flood" else json.dumps(got).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(out))]})
        await send({"type": "http.response.body", "body": out})

    async def _read(self, receive: Any) -> tuple[bytes, bool]:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                return body, True
        self.disconnected += 1
        return body, False
