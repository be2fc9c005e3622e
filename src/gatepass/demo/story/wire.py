"""A listener on the wire: it stands between a browser and a server, passes on what it gets, and keeps a copy.

What is heard are the real bytes of a real connection. Where the town does not speak the
protocol that is to be heard, something stands behind the listener that speaks both.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from gatepass.demo.story.browser import Browser, Exchange, Request, Through
from gatepass.demo.story.certificate import throw_away

HERE = "127.0.0.1"
CHUNK = 65_536
LINGER = 2.0
"""Seconds for both sides to hang up after the answer."""

Note = Callable[[bool, bytes], None]


@dataclass(frozen=True, slots=True)
class Heard:
    """What came over the wire in one piece.

    Attributes:
        sent: by the browser; else by the server.
        after: seconds since the first one.
    """

    sent: bool
    data: bytes
    after: float


def overhear(browser: Browser, request: Request, *, town_https: bool) -> tuple[Exchange, list[Heard]]:
    """Send a request, and what a listener on the way heard of it and of its answer.

    Args:
        request: over the protocol in its address, whichever the town speaks.
        town_https: whether the town speaks TLS.

    Raises:
        NoAnswer: there is none.
    """
    return asyncio.run(_overhear(browser, request, town_https))


async def _overhear(browser: Browser, request: Request, town_https: bool) -> tuple[Exchange, list[Heard]]:
    url = urlsplit(request.url)
    host, port = url.hostname or "", url.port or 80
    heard: list[Heard] = []
    moment = asyncio.get_running_loop().time

    def note(sent: bool, data: bytes) -> None:
        heard.append(Heard(sent, data, moment() - started))

    trusted = None
    async with AsyncExitStack() as standing:
        if url.scheme == "https" and not town_https:
            serving, trusted = throw_away(host)
            port = await _stand_before(port, standing, serving=serving)
        elif url.scheme == "http" and town_https:
            port = await _stand_before(port, standing, calling=ssl.create_default_context(), host=host)
        port = await _stand_before(port, standing, note=note)
        started = moment()
        exchange = await asyncio.to_thread(browser.send, request, Through(port, trusted))
    return exchange, heard


async def _stand_before(
    port: int,
    standing: AsyncExitStack,
    *,
    serving: ssl.SSLContext | None = None,
    calling: ssl.SSLContext | None = None,
    host: str | None = None,
    note: Note = lambda sent, data: None,
) -> int:
    """Pass on everything between whoever connects and the server at `port`; where to connect."""

    serving_now = set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving_now.add(cast("asyncio.Task[None]", asyncio.current_task()))
        try:
            there, back = await asyncio.open_connection(HERE, port, ssl=calling, server_hostname=host)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            _pass_on(reader, back, lambda data: note(True, data)),
            _pass_on(there, writer, lambda data: note(False, data)),
        )

    server = await asyncio.start_server(serve, HERE, ssl=serving)
    await standing.enter_async_context(server)
    standing.push_async_callback(_end, serving_now)
    number: int = server.sockets[0].getsockname()[1]
    return number


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    """Both sides have hung up, or do so now."""
    if tasks:
        await asyncio.wait(tasks, timeout=LINGER)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[bytes], None]) -> None:
    """Until one of the two hangs up."""
    try:
        while data := await reader.read(CHUNK):
            note(data)
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
