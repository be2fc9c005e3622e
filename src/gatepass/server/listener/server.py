"""uvicorn's server, with an end: it starts with our sockets and stops within the grace."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

from gatepass.kernel.errors import GatepassError
from gatepass.server.listener.accepting import Door
from gatepass.server.listener.config import ListenerConfig
from gatepass.server.listener.errors import StartUpFailed
from gatepass.server.listener.protocol import LimitedProtocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
"""An ASGI 3 application."""

FOR_REQUESTS = 0.8
"""The share of the grace that running requests may use; the rest is the application's, to close its files."""


class Witness:
    """The application, and what its start-up raised: uvicorn logs that and forgets it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.error: Exception | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return

        async def without_traceback(message: Message) -> None:
            # Starlette sends the whole traceback for the log; the error itself says more to the operator.
            await send({"type": message["type"]})

        try:
            await self.app(scope, receive, without_traceback)
        except Exception as error:
            self.error = error
            raise


class ListenerServer(uvicorn.Server):
    """One server in one event loop.

    Args:
        config: made for `witness` as its application.
        tls: None for plain connections.
    """

    config: ListenerConfig

    def __init__(self, config: ListenerConfig, witness: Witness, tls: ssl.SSLContext | None) -> None:
        super().__init__(config)
        self.witness = witness
        self.tls = tls

    async def open(self, listening: socket.socket) -> None:
        """Start the application, then accept connections.

        Raises:
            GatepassError: what the application raised while it started; `StartUpFailed` for anything else.
        """
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        try:
            # Without sockets: our own door accepts.
            await self.startup([])
        except SystemExit:
            raise self._failure() from self.witness.error
        # An application without lifespan events may raise what it likes at them, but not our own errors.
        if isinstance(self.witness.error, GatepassError):
            raise self.witness.error
        self.door = Door(listening, self.config.hall, self._greet, self.tls)
        self.door.open()
        self.config.hall.open(asyncio.get_running_loop())

    def _greet(self) -> LimitedProtocol:
        return LimitedProtocol(self.config, self.server_state, self.lifespan.state)

    def _failure(self) -> GatepassError:
        error = self.witness.error
        return error if isinstance(error, GatepassError) else StartUpFailed("start_up_failed", detail=repr(error))

    def stop(self) -> None:
        """Ask the server to stop; asked again, it does not wait for anybody."""
        if self.should_exit:
            self._cut()
        self.should_exit = True

    def _cut(self) -> None:
        self.config.hall.close()
        for task in self.server_state.tasks:
            task.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nothing more, finish what runs, then close the application, all within the grace."""
        grace = self.config.hall.limits.grace
        self.door.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace * FOR_REQUESTS):
                await self._finish()
        self._cut()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace * (1 - FOR_REQUESTS)):
                await self._finish()
                await self.lifespan.shutdown()

    async def _finish(self) -> None:
        await self.config.hall.empty()
        while self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)
