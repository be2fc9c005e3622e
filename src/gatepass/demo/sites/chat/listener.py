"""How uvicorn serves the chat, so that no client makes this process grow."""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from gatepass.demo.sites.chat.protocol import MAX_MESSAGE

PATIENCE = 5.0
"""Seconds that a client may leave the connection full."""


class Bounded(WebSocketsSansIOProtocol):
    """A connection that ends when its client stops reading.

    uvicorn reads the next message when the app has taken the one before, and lets the app
    wait while the connection is full. It would wait for ever, though, and its answers to
    pings pile up meanwhile.
    """

    patience = PATIENCE
    _overdue: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The client reads too slowly."""
        super().pause_writing()
        # Closing would wait until the client has read the rest.
        self._overdue = self.loop.call_later(self.patience, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._in_time()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._in_time()
        super().connection_lost(exc)

    def handle_cont(self, event: Frame) -> None:
        """Keep what a frame adds to its message; of empty ones there may be any number (RFC 6455 section 5.4)."""
        if event.data or event.fin:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer, unless the client does not read its answers (RFC 6455 section 5.5.3 lets one leave some out)."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def _in_time(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None


UVICORN: dict[str, Any] = {
    "ws": Bounded,
    "ws_max_size": MAX_MESSAGE,
    # A few compressed bytes could become a message of any size, in memory of a size that the client chooses.
    "ws_per_message_deflate": False,
    "ws_ping_interval": 20.0,
    "ws_ping_timeout": 20.0,
}
"""Settings of `uvicorn.run` for the process that serves the chat."""
