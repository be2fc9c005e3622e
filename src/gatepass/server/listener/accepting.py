"""The door: accepts connections, counts them, and only then lets TLS and HTTP begin.

asyncio's own servers count nothing, and tell nobody of a connection before its TLS
handshake is complete: a thousand silent ones would not even be seen.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable

from gatepass.server.listener.errors import TooMany
from gatepass.server.listener.hall import Hall
from gatepass.server.listener.protocol import LimitedProtocol
from gatepass.server.listener.refusing import refusal

FULL = TooMany("too_many_connections")
PAUSE = 0.1
"""Seconds to wait when the system has no file left for a connection."""


class Door:
    """Accepts the connections of one listening socket until it is closed.

    Args:
        listening: bound and listening; closed with the door.
        greet: makes the protocol of one connection.
        tls: None for plain connections.
    """

    def __init__(
        self,
        listening: socket.socket,
        hall: Hall,
        greet: Callable[[], LimitedProtocol],
        tls: ssl.SSLContext | None,
    ) -> None:
        self._listening = listening
        self._hall = hall
        self._greet = greet
        self._tls = tls
        self._entering: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Start accepting, in the running event loop."""
        self._listening.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Accept nothing more, and break off what has not got through TLS."""
        for task in (self._accepting, *self._entering):
            if task is not None:
                task.cancel()
        self._listening.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listening)
            except OSError:
                await asyncio.sleep(PAUSE)
                continue
            guest = self._greet()
            if self._hall.enter(guest):
                task = loop.create_task(self._enter(connection, guest))
                self._entering.add(task)
                task.add_done_callback(self._entering.discard)
            else:
                self._turn_away(connection)

    async def _enter(self, connection: socket.socket, guest: LimitedProtocol) -> None:
        wait = self._hall.limits.head if self._tls else None
        connected = False
        try:
            # What is not TLS, or breaks off, or takes too long, is not worth a word.
            with contextlib.suppress(OSError):
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: guest, connection, ssl=self._tls, ssl_handshake_timeout=wait, ssl_shutdown_timeout=wait
                )
                connected = True
        finally:
            if not connected:
                self._hall.leave(guest)
                connection.close()

    def _turn_away(self, connection: socket.socket) -> None:
        with contextlib.closing(connection), contextlib.suppress(OSError):
            if self._tls is None:
                connection.send(refusal(FULL))
                connection.shutdown(socket.SHUT_WR)
                # Unread input would make the system reset the connection, and the client lose the answer.
                connection.recv(self._hall.limits.head_bytes)
