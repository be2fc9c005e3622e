"""Greedy clients: too many connections, headers, bytes or requests at once."""

import resource
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from gatepass.server.listener import Limits, running
from tests.support.wire import Echo, Wire, connected

GET = b"GET / HTTP/1.1\r\nHost: id.test\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: id.test\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def many_files() -> Iterator[int]:
    """Files for both ends of many connections; yields how many connections they allow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = 2_200 if hard == resource.RLIM_INFINITY else min(2_200, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))
    yield min(1_000, (max(soft, allowed) - 200) // 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_connections_beyond_the_cap_are_answered_503_until_one_leaves(many_files: int) -> None:
    async with running(Echo(), limits=Limits(connections=many_files)) as address, AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(connected(address)) for _ in range(many_files)]
        await wires[-1].send(GET)
        assert (await wires[-1].answer()).status == 200
        async with connected(address) as excess:
            said = await excess.answer()
            assert (said.status, said.json["error"]) == (503, "too_many_connections")
            assert said.headers["retry-after"] == "1"
            assert await excess.rest() == b""
        await wires[0].send(b"leave\r\n\r\n")
        assert (await wires[0].answer()).status == 400
        assert await wires[0].rest() == b""
        async with connected(address) as welcome:
            await welcome.send(GET)
            assert (await welcome.answer()).status == 200


async def test_a_websocket_counts_as_a_connection_as_long_as_it_lives() -> None:
    async with running(Echo(), limits=Limits(connections=1)) as address:
        async with connect_websocket(f"ws://{address.host}:{address.port}/") as socket:
            await socket.send("hello")
            assert await socket.recv() == "hello"
            async with connected(address) as excess:
                assert (await excess.answer()).status == 503
        async with connected(address) as welcome:
            await welcome.send(GET)
            assert (await welcome.answer()).status == 200


async def test_a_websocket_is_told_that_the_server_stops() -> None:
    async with running(Echo()) as address:
        socket = await connect_websocket(f"ws://{address.host}:{address.port}/")
    with pytest.raises(ConnectionClosed) as caught:
        await socket.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == CloseCode.SERVICE_RESTART


async def test_a_websocket_never_overtakes_an_answer() -> None:
    app = Echo()
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    upgrade += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    async with running(app) as address, connected(address) as wire:
        await wire.send(GET.replace(b"/ ", b"/wait ") + GET[:-2] + upgrade)
        assert await wire.rest() == b""
        app.let_go.set()


async def test_as_many_headers_as_allowed_are_read() -> None:
    async with running(Echo()) as address, connected(address) as wire:
        await wire.send(GET[:-2] + b"X-A: b\r\n" * 127 + b"\r\n")
        assert len((await wire.answer()).json["headers"]) == 128


@pytest.mark.parametrize(
    "head",
    [
        GET[:-2] + b"X-A: b\r\n" * 128 + b"\r\n",
        GET[:-2] + b"X-A: " + b"a" * 70_000 + b"\r\n\r\n",
        GET[:-2] + (b"X-A: " + b"a" * 700 + b"\r\n") * 100 + b"\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: id.test\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a" * 70_000 + b": b\r\nHost: id.test\r\n\r\n",
    ],
    ids=["129 headers", "long value", "long in total", "long target", "long name"],
)
async def test_a_head_that_is_too_large_is_answered_431(head: bytes) -> None:
    app = Echo()
    async with running(app) as address, connected(address) as wire:
        await wire.send(head)
        said = await wire.answer()
        assert (said.status, said.json["error"]) == (431, "headers_too_large")
        assert not app.seen


@pytest.mark.parametrize(
    ("opening", "more"),
    [
        (b"GET /", b"a" * 8_192),
        (b"GET / HTTP/1.1\r\n", b"a" * 8_192),
        (b"GET / HTTP/1.1\r\nX-A: ", b"a" * 8_192),
        (b"GET / HTTP/1.1\r\nX-A: a", b"\r\nX-A: a" * 1_024),
        (CHUNKED + b"1;", b"a" * 8_192),
        (CHUNKED + b"0\r\nX-A: ", b"a" * 8_192),
        (CHUNKED + b"0\r\nX-A: a", b"\r\nX-A: a" * 1_024),
    ],
    ids=["target", "name", "value", "headers", "chunk extension", "trailer value", "trailers"],
)
async def test_nothing_but_a_body_may_go_on_for_ever(opening: bytes, more: bytes) -> None:
    async with running(Echo()) as address, connected(address) as wire:
        await wire.send(opening)
        sent = 0
        for _ in range(100):
            await wire.send(more)
            sent += len(more)
        said = await wire.rest()
        assert sent > 10 * Limits().head_bytes
        assert b"431 Request Header Fields Too Large" in said or not said


async def test_requests_sent_ahead_are_answered_in_order() -> None:
    async with running(Echo()) as address, connected(address) as wire:
        await wire.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: id.test\r\n\r\n" % number for number in range(10)))
        assert [(await wire.answer()).json["path"] for _ in range(10)] == [f"/{number}" for number in range(10)]


async def test_a_flood_of_requests_ahead_of_the_answers_ends_the_connection() -> None:
    app = Echo()
    async with running(app) as address, connected(address) as wire:
        await wire.send(GET * 5_000)
        await wire.rest()
        assert len(app.seen) < 100


async def test_a_refusal_is_never_mixed_into_another_answer() -> None:
    """Whoever reads answers by counting them would take it for the answer to the first request."""
    app = Echo()
    async with running(app) as address, connected(address) as wire:
        await wire.send(GET.replace(b"/ ", b"/wait ") + b"nonsense\r\n\r\n")
        assert await wire.rest() == b""
        app.let_go.set()


async def test_an_answer_tells_the_time_and_not_the_software() -> None:
    async def heads(wire: Wire) -> dict[str, str]:
        await wire.send(GET)
        return (await wire.answer()).headers

    async with running(Echo()) as address, connected(address) as wire:
        headers = await heads(wire)
        assert headers["date"].endswith("gmt")
        assert "server" not in headers
