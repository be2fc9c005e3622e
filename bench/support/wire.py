"""The least HTTP client that will do: one connection, whole answers, no cost worth measuring."""

import socket
from collections.abc import Iterable, Mapping
from typing import NamedTuple

READ = 65_536
SECONDS = 30.0


class Answer(NamedTuple):
    """What came back; header names in lower case, `set-cookie` values as sent, one after the other."""

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes


def request(method: str, path: str, body: bytes = b"", **fields: str) -> bytes:
    """A request as it goes over the wire; `x_forwarded_for="…"` is the field X-Forwarded-For."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "User-Agent: bench", "Accept: */*"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """A connection that is kept open; one request at a time."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, message: bytes) -> Answer:
        """Send a request and wait for its answer."""
        self.send(message)
        return self.answer()

    def send(self, message: bytes) -> None:
        """Send a request; `answer` gets what comes back."""
        self._socket.sendall(message)

    def answer(self) -> Answer:
        """The answer to the request that was sent.

        Raises:
            ConnectionError: the server closed the connection before the end of its answer.
        """
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        first, *lines = data[:end].decode("latin-1").split("\r\n")
        fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        headers = dict(fields)
        body = data[end + 4 :]
        while len(body) < int(headers.get("content-length", "0")):
            body += self._more()
        return Answer(int(first.split()[1]), headers, tuple(_cookies(fields)), body)

    def close(self) -> None:
        """Let go."""
        self._socket.close()

    def _more(self) -> bytes:
        data = self._socket.recv(READ)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


def _cookies(fields: Iterable[tuple[str, str]]) -> Iterable[str]:
    return (value.partition(";")[0] for name, value in fields if name == "set-cookie")
