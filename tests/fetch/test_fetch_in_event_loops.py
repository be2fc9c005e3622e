"""Fetching without blocking the event loop, on a bounded number of threads."""

import asyncio
import socket
import threading

import pytest

from gatepass.fetch import FetchFailed, aget
from gatepass.fetch.threads import MAX_THREADS, in_thread
from gatepass.kernel.errors import Misuse
from tests.support.raw_server import serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


async def test_it_brings_what_the_blocking_one_brings() -> None:
    with serving(OK) as server:
        got = await aget(server.url(), max_bytes=100, timeout=5)
    assert (got.status, got.headers, got.body) == (200, {"content-length": "2"}, b"hi")


async def test_it_fails_as_the_blocking_one_fails() -> None:
    with pytest.raises(FetchFailed) as failed:
        await aget("http://id.example/", max_bytes=100, timeout=5)
    assert failed.value.code == "fetch_not_allowed"
    with pytest.raises(Misuse):
        await aget("http://127.0.0.1:9/", max_bytes=100, timeout=5, headers=[("X", "a\r\nb")])


async def test_several_wait_at_the_same_time() -> None:
    """Each server answers only after all three were asked."""
    together = threading.Barrier(3, timeout=5)

    def answer(connection: socket.socket) -> None:
        connection.recv(65_536)
        together.wait()
        connection.sendall(OK)

    with serving(answer) as one, serving(answer) as two, serving(answer) as three:
        got = await asyncio.gather(*(aget(server.url(), max_bytes=100, timeout=5) for server in (one, two, three)))
    assert [one.body for one in got] == [b"hi"] * 3


async def test_who_stops_waiting_is_free_at_once() -> None:
    asked, over = threading.Event(), threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.recv(65_536)
        asked.set()
        over.wait(5)

    with serving(answer) as server:
        waiting = asyncio.create_task(aget(server.url(), max_bytes=100, timeout=5))
        await asyncio.to_thread(asked.wait, 5)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not over.is_set()
        over.set()


async def test_too_many_at_once_are_refused() -> None:
    over = threading.Event()
    waiting = [in_thread(lambda: over.wait(10)) for _ in range(MAX_THREADS)]
    try:
        with pytest.raises(FetchFailed) as failed:
            await aget("http://127.0.0.1:9/", max_bytes=100, timeout=5)
    finally:
        over.set()
    assert failed.value.code == "fetch_busy"
    assert all(one.result(10) for one in waiting)


def test_what_a_thread_raises_arrives_where_it_is_asked_for() -> None:
    def fail() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        in_thread(fail).result(5)
