"""Slow clients: each part of a request is due, and what does not come is cut off."""

import pytest

from gatepass.server.listener import Limits, running
from tests.support.wire import Echo, connected

SOON = Limits(head=0.2, body=0.2, idle=0.2, write=0.2)
GET = b"GET / HTTP/1.1\r\nHost: id.test\r\n\r\n"


async def test_a_silent_connection_is_closed_without_a_word() -> None:
    """Browsers open connections in advance: an answer to no question would confuse them."""
    async with running(Echo(), limits=SOON) as address, connected(address) as wire:
        assert await wire.rest() == b""


async def test_a_head_that_stays_unfinished_is_answered_408() -> None:
    async with running(Echo(), limits=SOON) as address, connected(address) as wire:
        await wire.send(b"GET / HTTP/1.1\r\nHost: id")
        said = await wire.answer()
        assert (said.status, said.json["error"]) == (408, "request_timeout")
        assert said.headers["connection"] == "close"
        assert await wire.rest() == b""


async def test_a_dripping_head_has_no_more_time_than_a_silent_one() -> None:
    async with running(Echo(), limits=SOON) as address, connected(address) as wire:
        said = await wire.drip(b"GET / HTTP/1.1\r\nHost: id.test\r\n" + b"X-Drip: drop\r\n" * 1_000, pause=0.02)
        assert said.startswith(b"HTTP/1.1 408 ")


async def test_empty_lines_before_a_request_do_not_keep_a_connection_open() -> None:
    async with running(Echo(), limits=SOON) as address, connected(address) as wire:
        assert (await wire.drip(b"\r\n" * 1_000, pause=0.02)).startswith(b"HTTP/1.1 408 ")


async def test_a_second_request_has_the_same_deadline() -> None:
    async with running(Echo(), limits=Limits(head=0.2, idle=60)) as address, connected(address) as wire:
        await wire.send(GET + GET[:20])
        assert (await wire.answer()).status == 200
        assert (await wire.answer()).status == 408


async def test_an_idle_connection_is_closed_between_two_requests() -> None:
    async with running(Echo(), limits=Limits(idle=0.2)) as address, connected(address) as wire:
        await wire.send(GET)
        assert (await wire.answer()).status == 200
        assert await wire.rest() == b""


async def test_a_half_sent_body_is_answered_408_and_the_application_is_told() -> None:
    app = Echo()
    async with running(app, limits=SOON) as address, connected(address) as wire:
        await wire.send(b"POST / HTTP/1.1\r\nHost: id.test\r\nContent-Length: 10\r\n\r\nhalf")
        assert (await wire.answer()).status == 408
        await app.left.wait()
        assert app.disconnected == 1


async def test_a_dripping_body_has_no_more_time_than_a_silent_one() -> None:
    async with running(Echo(), limits=SOON) as address, connected(address) as wire:
        await wire.send(b"POST / HTTP/1.1\r\nHost: id.test\r\nContent-Length: 1000\r\n\r\n")
        assert (await wire.drip(b"x" * 999, pause=0.02)).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_was_answered_early_is_still_due() -> None:
    async with running(Echo(), limits=SOON) as address, connected(address) as wire:
        await wire.send(b"POST /early HTTP/1.1\r\nHost: id.test\r\nContent-Length: 10\r\n\r\n")
        assert (await wire.answer()).status == 200
        assert await wire.rest() == b""


async def test_a_body_that_ends_after_its_answer_leaves_an_idle_connection() -> None:
    """Nobody waits for that connection any more, so nothing else would ever close it."""
    async with running(Echo(), limits=Limits(idle=0.2)) as address, connected(address) as wire:
        await wire.send(b"POST /early HTTP/1.1\r\nHost: id.test\r\nContent-Length: 4\r\n\r\n")
        assert (await wire.answer()).status == 200
        await wire.send(b"late")
        assert await wire.rest() == b""


async def test_a_client_that_does_not_read_its_answer_is_cut_off() -> None:
    app = Echo(flood=50_000_000)
    async with running(app, limits=Limits(write=0.2)) as address, connected(address) as wire:
        await wire.send(b"GET /flood HTTP/1.1\r\nHost: id.test\r\n\r\n")
        await app.left.wait()
        assert len(await wire.rest()) < app.flood


@pytest.mark.parametrize("path", ["/", "/wait"])
async def test_a_slow_application_is_not_the_clients_fault(path: str) -> None:
    app = Echo()
    async with running(app, limits=SOON) as address, connected(address) as wire, connected(address) as other:
        await wire.send(b"GET %b HTTP/1.1\r\nHost: id.test\r\n\r\n" % path.encode())
        assert await other.rest() == b""  # a whole deadline has passed
        app.let_go.set()
        assert (await wire.answer()).status == 200
