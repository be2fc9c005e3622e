"""Starting and stopping: addresses, mistakes of the operator, signals, several processes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pytest

from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.server.listener import Address, Limits, running, serve
from gatepass.server.listener.errors import StartUpFailed
from tests.support.source import ROOT
from tests.support.wire import Echo, connected

PATIENCE = 20
PROGRAM = """
import asyncio, os, sys
from gatepass.server.listener import Limits, serve

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("closed", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/hang":
        print("hanging", flush=True)
        await asyncio.Event().wait()
    while (await receive()).get("more_body"):
        pass
    body = b"%d" % os.getpid()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})

def ready(address):
    print(address.port, flush=True)

serve(app, port=0, limits=Limits(grace=float(sys.argv[1])), workers=int(sys.argv[2]), ready=ready)
print("over", flush=True)
"""
GET = b"GET / HTTP/1.1\r\nHost: id.test\r\n\r\n"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Once is enough here: the servers are processes with a loop of their own."""
    return "asyncio"


class Process:
    """A server in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.output: IO[str] = process.stdout  # type: ignore[assignment]
        self.address = Address("127.0.0.1", int(self.output.readline()), "http")

    def end(self, number: int = signal.SIGTERM) -> list[str]:
        """Send a signal; returns what is still said, line by line, after a clean exit."""
        self.process.send_signal(number)
        said = self.process.communicate(timeout=PATIENCE)[0]
        assert self.process.returncode == 0
        return said.splitlines()


@contextmanager
def family(command: Sequence[str | Path]) -> Iterator["subprocess.Popen[str]"]:
    """A process whose children are killed with it, if a test leaves any running."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@contextmanager
def started(*, grace: float = 60, workers: int = 1) -> Iterator[Process]:
    """Start PROGRAM; it is killed if the test leaves it running."""
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(grace), str(workers)]
    with family(command) as process:
        yield Process(process)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_server_and_closes_the_application(number: int) -> None:
    with started() as server:
        async with connected(server.address) as wire:
            await wire.send(GET)
            assert (await wire.answer()).status == 200
            assert server.end(number) == ["closed", "over"]


async def test_slow_and_hanging_connections_do_not_outlast_the_grace() -> None:
    """Idle, half a head, half a body, and an application that never answers: all gone, exit code 0."""
    with started(grace=0.5) as server:
        async with AsyncExitStack() as stack:
            idle, head, body, hanging = [await stack.enter_async_context(connected(server.address)) for _ in range(4)]
            await idle.send(GET)
            assert (await idle.answer()).status == 200
            await head.send(GET[:20])
            await body.send(b"POST / HTTP/1.1\r\nHost: id.test\r\nContent-Length: 10\r\n\r\nhalf")
            await hanging.send(GET.replace(b"/ ", b"/hang "))
            assert server.output.readline() == "hanging\n"
            assert server.end()[-2:] == ["closed", "over"]


async def test_a_request_that_is_under_way_is_finished_first() -> None:
    with started() as server:
        async with connected(server.address) as wire, connected(server.address) as idle:
            await wire.send(b"POST / HTTP/1.1\r\nHost: id.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            assert (await wire.answer()).status == 100
            server.process.send_signal(signal.SIGTERM)
            assert await idle.rest() == b""  # the stop has begun
            await wire.send(b"rest")
            said = await wire.answer()
            assert (said.status, said.headers["connection"]) == (200, "close")
            assert server.process.communicate(timeout=PATIENCE)[0].splitlines() == ["closed", "over"]


async def test_a_second_signal_waits_for_nobody() -> None:
    with started() as server:
        async with connected(server.address) as wire, connected(server.address) as idle:
            await wire.send(GET.replace(b"/ ", b"/hang "))
            assert server.output.readline() == "hanging\n"
            server.process.send_signal(signal.SIGTERM)
            assert await idle.rest() == b""
            assert server.end() == ["closed", "over"]


async def test_several_workers_share_one_port_and_stop_together() -> None:
    with started(workers=2) as server:
        seen = set()
        for _ in range(200):
            async with connected(server.address) as wire:
                await wire.send(GET)
                seen.add((await wire.answer()).body)
        assert len(seen) == 2
        assert server.end() == ["closed", "closed", "over"]


def test_a_busy_port_is_told_in_one_sentence() -> None:
    sentence = "another program listens there already"
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(Misuse, match=sentence):
        serve(Echo(), port=other.getsockname()[1])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"host": "0.0.0.0"}, "Plain http on 0.0.0.0"),
        ({"host": "::"}, "Plain http on ::"),
        ({"host": "id.example.com"}, "Plain http on id.example.com"),
        ({"host": "127.0.0.1.example.com"}, "Plain http"),
        ({"host": "203.0.113.7", "proxy": ["10.0.0.1"]}, "this machine does not have that address"),
        ({"host": "no such host", "proxy": ["10.0.0.1"]}, "Cannot listen on no such host"),
        ({"host": "x" * 300 + ".test", "proxy": ["10.0.0.1"]}, "Cannot listen on x"),
        ({"port": 70_000}, "There is no port 70000"),
        ({"port": -1}, "There is no port -1"),
        ({"tls_cert": "cert.pem"}, "belong together"),
        ({"workers": 0}, "workers is at least 1"),
    ],
)
def test_a_mistake_of_the_operator_is_told_in_one_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Misuse, match=sentence):
        serve(Echo(), **{"port": 0, **options})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "id.localhost"])
async def test_loopback_needs_no_tls(host: str) -> None:
    async with running(Echo(), host=host) as address, connected(address) as wire:
        assert address.url == f"http://127.0.0.1:{address.port}"
        await wire.send(GET)
        assert (await wire.answer()).status == 200


async def test_a_proxy_behind_a_unix_socket_is_no_reason_to_send_plain_http_around() -> None:
    with pytest.raises(Misuse, match="in the open"):
        async with running(Echo(), host="0.0.0.0", proxy=["unix"]):
            pass


async def test_behind_a_declared_proxy_plain_http_may_leave_the_machine() -> None:
    async with running(Echo(), host="0.0.0.0", proxy=["10.0.0.1"]) as address:
        assert address.host == "0.0.0.0"


def test_an_ipv6_address_has_brackets_in_its_url() -> None:
    assert Address("::1", 8000, "http").url == "http://[::1]:8000"


async def failing(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    error = Misuse("The database is newer than this program.")
    await send({"type": "lifespan.startup.failed", "message": "Traceback …"})
    raise error


async def breaking(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "lifespan.startup.failed"})
    raise RuntimeError("no disk")


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    raise Misuse("The key file is readable by others.")


async def bare(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http", "this application knows no lifespan"
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


@pytest.mark.parametrize(
    ("app", "kind", "words"),
    [(failing, Misuse, "newer"), (refusing, Misuse, "readable"), (breaking, StartUpFailed, "could not start")],
)
def test_what_stops_the_application_from_starting_reaches_the_caller(
    app: Any, kind: type[GatepassError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        serve(app, port=0)


def test_the_reason_of_a_failed_start_is_for_the_operator_only() -> None:
    with pytest.raises(StartUpFailed) as caught:
        serve(breaking, port=0)
    assert "no disk" in caught.value.detail
    assert "no disk" not in caught.value.message


async def test_an_application_without_lifespan_events_is_served() -> None:
    async with running(bare) as address, connected(address) as wire:
        await wire.send(GET)
        assert (await wire.answer(body=False)).status == 204


def test_a_worker_that_cannot_start_stops_the_others() -> None:
    with pytest.raises(StartUpFailed, match="newer"):
        serve(failing, port=0, workers=2)


async def test_running_ends_with_its_block() -> None:
    async with running(Echo()) as address:
        pass
    with socket.create_server(address[:2]):
        pass


async def test_an_unfinished_request_does_not_keep_a_block_open() -> None:
    async with running(Echo(), limits=Limits(grace=0.2)) as address, connected(address) as wire:
        await wire.send(GET.replace(b"/ ", b"/wait "))


def test_a_dead_worker_is_replaced_unless_it_died_at_birth(tmp_path: Path) -> None:
    program = """
import itertools, os, signal, sys
from gatepass.server.listener.errors import StartUpFailed
from gatepass.server.listener.workers import supervise

hours = itertools.count(0, 3600)
births = open(sys.argv[1], "ab", buffering=0)

def work(ready):
    births.write(b"x")
    ready()
    if os.path.getsize(sys.argv[1]) < 4:
        os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()

def all_ready():
    print("ready", flush=True)

clock = (lambda: next(hours)) if sys.argv[2] == "slow" else (lambda: 0)
try:
    supervise(1, work, all_ready, clock=clock)
except StartUpFailed as error:
    print(error.message, flush=True)
"""
    births = tmp_path / "births"
    early = subprocess.run(
        [sys.executable, "-c", program, births, "quick"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (early.stdout, births.read_bytes()) == ("ready\nA worker ended right after its start.\n", b"x")
    births.unlink()
    with family([sys.executable, "-c", program, births, "slow"]) as late:
        assert late.stdout is not None
        assert late.stdout.readline() == "ready\n"
        while len(births.read_bytes()) < 4:
            os.sched_yield()
        late.send_signal(signal.SIGTERM)
        assert late.wait(PATIENCE) == 0
