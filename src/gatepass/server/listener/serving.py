"""Runs an ASGI application: `serve` for a process of its own, `running` inside another event loop."""

import asyncio
import contextlib
import resource
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

from gatepass.kernel.errors import Misuse
from gatepass.server.listener.config import ListenerConfig
from gatepass.server.listener.hall import Hall
from gatepass.server.listener.limits import Limits
from gatepass.server.listener.protocol import LimitedProtocol
from gatepass.server.listener.server import App, ListenerServer, Witness
from gatepass.server.listener.sockets import Address, File, bind, check_exposure, tls_context
from gatepass.server.listener.workers import supervise

MAX_WEBSOCKET_MESSAGE = 1_048_576
SPARE_FILES = 256
"""Open files beside the connections: database, logs, libraries."""


def serve(
    app: App,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    tls_cert: File | None = None,
    tls_key: File | None = None,
    proxy: Collection[str] = (),
    limits: Limits | None = None,
    workers: int = 1,
    access_log: bool = False,
    ready: Callable[[Address], None] | None = None,
) -> None:
    """Run `app` until SIGTERM or SIGINT, then end within `limits.grace` seconds. A second signal ends it at once.

    Args:
        port: 0 lets the system choose; `ready` is told which.
        tls_cert: PEM file with the certificate chain; with `tls_key`, https is spoken (TLS 1.2 and newer).
        proxy: addresses of the TLS proxy in front. Plain http beyond this machine needs one.
        workers: processes that share the socket. They are forked, so `app` must not have
            opened anything yet; each has its own `limits`.
        ready: called once connections are accepted, in this process.

    Raises:
        Misuse: the address, port or certificate cannot be used; plain http would leave this machine.
        GatepassError: what the application raised while it started; `StartUpFailed` for anything else.
    """
    check_exposure(host, tls=tls_cert is not None, proxy=proxy)
    tls = tls_context(tls_cert, tls_key)
    if workers < 1:
        raise Misuse("workers is at least 1.")
    limits = limits or Limits()
    _allow_files(limits.connections)
    with contextlib.closing(bind(host, port)) as listening:
        address = _address(listening, "https" if tls else "http")

        def work(started: Callable[[], None]) -> None:
            server = _server(app, tls, limits, access_log)
            with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
                runner.run(_until_stopped(server, listening, started))

        def started() -> None:
            if ready is not None:
                ready(address)

        if workers == 1:
            work(started)
        else:
            supervise(workers, work, started)


@asynccontextmanager
async def running(
    app: App,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls_cert: File | None = None,
    tls_key: File | None = None,
    proxy: Collection[str] = (),
    limits: Limits | None = None,
    access_log: bool = False,
) -> AsyncIterator[Address]:
    """Run `app` in the current event loop for the length of an `async with`; signals are left alone.

    Arguments and errors are those of `serve`.
    """
    check_exposure(host, tls=tls_cert is not None, proxy=proxy)
    tls = tls_context(tls_cert, tls_key)
    server = _server(app, tls, limits or Limits(), access_log)
    with contextlib.closing(bind(host, port)) as listening:
        await server.open(listening)
        ticking = asyncio.create_task(server.main_loop())
        try:
            yield _address(listening, "https" if tls else "http")
        finally:
            ticking.cancel()
            await server.shutdown()


def _server(app: App, tls: ssl.SSLContext | None, limits: Limits, access_log: bool) -> ListenerServer:
    witness = Witness(app)
    config = ListenerConfig(
        witness,
        hall=Hall(limits),
        http=LimitedProtocol,
        ws=_websocket,
        ws_max_size=MAX_WEBSOCKET_MESSAGE,
        interface="asgi3",
        access_log=access_log,
        log_config=None,
        # What a proxy forwards is believed, or not, by the application's own rules.
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=limits.idle,
    )
    return ListenerServer(config, witness, tls)


def _websocket(**connection: Any) -> Any:
    """The protocol of a connection that goes on as a WebSocket. Loaded with the first one: the auth server has none."""
    from gatepass.server.listener.websocket import LimitedWebSocket

    return LimitedWebSocket(**connection)


async def _until_stopped(server: ListenerServer, listening: socket.socket, started: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.open(listening)
    started()
    await server.main_loop()
    await server.shutdown()


def _allow_files(connections: int) -> None:
    """Many systems start a process with 1,024 open files, which is less than a thousand connections and a database."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def _address(listening: socket.socket, scheme: str) -> Address:
    host, port = listening.getsockname()[:2]
    return Address(host, port, scheme)
