"""The door: accepts connections, counts them, and only then lets TLS and HTTP begin.

asyncio's own servers count nothing, and tell nobody of a connection before its TLS
handshake is complete: a thousand silent ones would not even be seen.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any

from gatepass.server.listener.errors import TooMany
from gatepass.server.listener.hall import Hall
from gatepass.server.listener.protocol import LimitedProtocol
from gatepass.server.listener.refusing import refusal

FULL = TooMany("too_many_connections")
AT_ONCE = 64
"""Connections accepted before the others get their turn again."""

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
        self._loop = asyncio.get_running_loop()
        self._entering: set[asyncio.Task[Any]] = set()
        self._pause: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Start accepting."""
        self._pause = None
        self._listening.setblocking(False)
        self._loop.add_reader(self._listening, self._accept)

    def close(self) -> None:
        """Accept nothing more, and break off what has not got through TLS."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listening)
        self._listening.close()
        for task in self._entering:
            task.cancel()

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, _ = self._listening.accept()
            except (BlockingIOError, ConnectionError):
                return
            except OSError:
                self._loop.remove_reader(self._listening)
                self._pause = self._loop.call_later(PAUSE, self.open)
                return
            connection.setblocking(False)
            # asyncio does this only for sockets that were made with the protocol's number. Without it the second half
            # of a small answer waits 40 ms for the client to acknowledge the first.
            with contextlib.suppress(OSError):  # gone already
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            guest = self._greet()
            if self._hall.enter(guest):
                self._enter(connection, guest)
            else:
                self._turn_away(connection)

    def _enter(self, connection: socket.socket, guest: LimitedProtocol) -> None:
        wait = self._hall.limits.head if self._tls else None
        task = self._loop.create_task(
            self._loop.connect_accepted_socket(
                lambda: guest, connection, ssl=self._tls, ssl_handshake_timeout=wait, ssl_shutdown_timeout=wait
            )
        )

        def entered(task: asyncio.Task[Any]) -> None:
            self._entering.discard(task)
            # What is not TLS, or breaks off, or takes too long, is not worth a word.
            if task.cancelled() or task.exception() is not None:
                guest.turn_away()
                connection.close()

        self._entering.add(task)
        task.add_done_callback(entered)

    def _turn_away(self, connection: socket.socket) -> None:
        with contextlib.closing(connection), contextlib.suppress(OSError):
            if self._tls is None:
                connection.send(refusal(FULL))
                connection.shutdown(socket.SHUT_WR)
                # Unread input would make the system reset the connection, and the client lose the answer.
                connection.recv(self._hall.limits.head_bytes)
