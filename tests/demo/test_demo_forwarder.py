"""The balancer on real sockets: it takes turns, passes on what is whole, and says 502 for the rest."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gatepass.demo.town import forwarder
from gatepass.demo.town.forwarder import LONGEST_BODY, forward
from tests.support.towns import free_places

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
GET = b"GET / HTTP/1.1\r\nhost: bank.localhost\r\n\r\n"


class Instance:
    """A server that answers every connection with the same bytes.

    Attributes:
        got: what it was sent, one entry for each connection.
    """

    def __init__(self, answer: bytes, *, hold: bool = False) -> None:
        self.answer, self.hold = answer, hold
        self.got: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line[15:]) for line in got.split(b"\r\n") if line.startswith(b"content-length:")), 0)
        self.got.append(got + await reader.readexactly(length))
        writer.write(self.answer)
        with contextlib.suppress(OSError):
            if self.hold:
                await reader.read()
            writer.close()
            await writer.wait_closed()


Ask = Callable[..., "asyncio.Future[bytes]"]


@asynccontextmanager
async def balanced(*instances: Instance | None) -> AsyncIterator[Ask]:
    """A balancer in front of these, called a, b, …; None is one that is down."""
    listen, *ports = free_places().ports.values()
    names = dict(zip("abcd", ports, strict=False))
    async with contextlib.AsyncExitStack() as stack:
        for port, instance in zip(ports, instances, strict=False):
            if instance is not None:
                await stack.enter_async_context(await asyncio.start_server(instance.serve, "127.0.0.1", port))
        task = asyncio.create_task(forward(listen, dict(list(names.items())[: len(instances)])))

        async def ask(request: bytes = GET, *, close_half: bool = False) -> bytes:
            reader, writer = await _connect(listen)
            writer.write(request)
            if close_half:
                writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

        yield ask  # type: ignore[misc]
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:  # it does not listen yet
            await asyncio.sleep(0)


def head(answer: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """Status and headers."""
    first, *lines = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return first.split(b" ")[1], dict(line.split(b": ", 1) for line in lines)


def test_it_fits_on_ninety_lines() -> None:
    assert len(Path(forwarder.__file__).read_text().splitlines()) <= 90


async def test_instances_take_turns_and_are_named() -> None:
    async with balanced(Instance(OK), Instance(OK)) as ask:
        names = [head(await ask())[1][b"x-instance"] for _ in range(4)]
    assert names == [b"a", b"b", b"a", b"b"]


async def test_request_and_answer_are_passed_on_as_they_are_but_for_one_connections_own_headers() -> None:
    instance = Instance(
        b"HTTP/1.1 303 See Other\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nx-instance: me\r\n"
        b"connection: keep-alive\r\ncontent-length: 0\r\n\r\n"
    )
    async with balanced(instance) as ask:
        answer = await ask(
            b"POST /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
            b"Expect: 100-continue\r\nCookie: s=1\r\ncontent-length: 3\r\n\r\na=b"
        )
    assert instance.got == [
        b"POST /x HTTP/1.1\r\nHost: h\r\nCookie: s=1\r\ncontent-length: 3\r\nconnection: close\r\n\r\na=b"
    ]
    assert answer == (
        b"HTTP/1.1 303 See Other\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 0\r\n"
        b"connection: close\r\nx-instance: a\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (GET.replace(b"GET", b"HEAD"), b"HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n"),
        (GET, b"HTTP/1.1 304 Not Modified\r\ncontent-length: 200\r\n\r\n"),
        (GET, b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
    ids=["HEAD", "304", "204"],
)
async def test_an_answer_without_a_body_is_not_waited_for(request_: bytes, answer: bytes) -> None:
    async with balanced(Instance(answer, hold=True)) as ask:
        assert head(await ask(request_))[0] == answer.split(b" ")[1]


async def test_a_client_may_close_its_half_of_the_connection() -> None:
    async with balanced(Instance(OK)) as ask:
        assert (await ask(close_half=True)).endswith(b"\r\n\r\nhi")


@pytest.mark.parametrize("half", [b"", b"GET / HT", b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nhalf"])
async def test_half_a_request_gets_no_answer_and_reaches_nobody(half: bytes) -> None:
    instance = Instance(OK)
    async with balanced(instance) as ask:
        assert await ask(half, close_half=True) == b""
        assert head(await ask())[0] == b"200"
    assert len(instance.got) == 1


@pytest.mark.parametrize(
    "field",
    [
        b"content-length: -1",
        b"content-length: +1",
        b"content-length: 1_0",
        b"content-length: x",
        b"content-length: 1\r\ncontent-length: 2",
        b"content-length: " + b"9" * 5_000,
        b"content-length: " + str(LONGEST_BODY + 1).encode(),
        b"transfer-encoding: chunked",
        b"Transfer-Encoding: identity\r\nContent-Length: 1",
    ],
    ids=lambda field: field[:40].decode(),
)
async def test_a_body_whose_length_is_not_plain_is_refused(field: bytes) -> None:
    instance = Instance(OK)
    async with balanced(instance) as ask:
        assert head(await ask(b"POST / HTTP/1.1\r\n" + field + b"\r\n\r\n1"))[0] == b"400"
    assert instance.got == []


async def test_a_head_without_end_is_cut_off() -> None:
    async with balanced(Instance(OK)) as ask:
        with contextlib.suppress(ConnectionResetError):
            assert await ask(b"GET / HTTP/1.1\r\nx: " + b"x" * 200_000) == b""
        assert head(await ask())[0] == b"200"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "chunked", "no number"],
)
async def test_an_answer_that_is_not_whole_becomes_502(answer: bytes) -> None:
    async with balanced(Instance(answer), Instance(OK)) as ask:
        status, headers = head(await ask())
        assert (status, headers[b"x-instance"]) == (b"502", b"a")
        assert head(await ask())[0] == b"200"


async def test_an_instance_that_is_down_becomes_502_and_the_next_one_answers() -> None:
    async with balanced(None, Instance(OK)) as ask:
        assert [head(await ask())[0] for _ in range(4)] == [b"502", b"200", b"502", b"200"]


async def test_a_silent_instance_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarder, "DEADLINE", 0.1)
    async with balanced(Instance(b"", hold=True)) as ask:
        assert head(await ask())[0] == b"502"


async def test_a_silent_client_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers open connections that they may need; to answer those would answer the next request."""
    monkeypatch.setattr(forwarder, "DEADLINE", 0.1)
    async with balanced(Instance(OK)) as ask:
        assert await ask(b"") == b""
