"""A server on loopback that answers one connection with whatever bytes a test wants."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Handler = Callable[[socket.socket], None]
PATIENCE = 10.0
"""Seconds after which a server gives up, so that a failing test ends."""


@dataclass
class RawServer:
    """What a test sees of the server.

    Attributes:
        request: the head of the request it got.
        stop: set when the test is over; handlers that would go on for ever watch it.
    """

    port: int
    request: bytes = b""
    connections: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def url(self, host: str = "127.0.0.1", path: str = "/x", scheme: str = "http") -> str:
        """Its URL under a name that leads to loopback."""
        return f"{scheme}://{host}:{self.port}{path}"


@contextlib.contextmanager
def serving(answer: bytes | Handler, *, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """A server that reads one request and sends `answer`, or lets a handler do what it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        server = RawServer(listener.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(listener, server, answer, tls))
        thread.start()
        try:
            yield server
        finally:
            server.stop.set()
            with contextlib.suppress(OSError):  # wakes a server that nobody called
                socket.create_connection(("127.0.0.1", server.port), 1).close()
            thread.join(PATIENCE)


def _serve(listener: socket.socket, server: RawServer, answer: bytes | Handler, tls: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError), listener.accept()[0] as raw:
        if server.stop.is_set():
            return
        server.connections += 1
        raw.settimeout(PATIENCE)
        with tls.wrap_socket(raw, server_side=True) if tls else raw as connection:
            if callable(answer):
                answer(connection)
                return
            while b"\r\n\r\n" not in server.request:
                got = connection.recv(65_536)
                if not got:
                    return
                server.request += got
            connection.sendall(answer)
