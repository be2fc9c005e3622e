"""A connection that went on as a WebSocket: still counted, and cut off when the client does not read.

Whether the client is still there, the pings of uvicorn find out.
"""

import asyncio

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gatepass.server.listener.config import ListenerConfig
from gatepass.server.listener.watch import Watch


class LimitedWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, as a guest of the hall."""

    config: ListenerConfig

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the place of the HTTP connection, which has just left."""
        now = self.loop.time()
        self.watch = Watch(self.config.hall.limits, now)
        self.watch.await_("answer", now)
        self.config.hall.enter(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, from either side."""
        self.config.hall.leave(self)
        super().connection_lost(exc)

    def check(self, now: float) -> None:
        """Cut the connection off if what we wrote is not read."""
        if self.transport.is_closing():
            self.watch.stuck(now)
        if self.watch.late(now):
            self.abort()

    def abort(self) -> None:
        """End at once."""
        self.transport.abort()

    def pause_writing(self) -> None:
        """The client does not read as fast as we write."""
        super().pause_writing()
        self.watch.stuck(self.loop.time())

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self.watch.flowing()
