"""Requests, issuers and clocks for tests of the gate. The issuers are real: keys, signatures, sockets."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Thread
from typing import Any

from gatepass.gate import Gate, Identity
from gatepass.gate.requirement import PERSON, Requirement
from gatepass.http.view import RequestView
from gatepass.kernel.errors import GatepassError
from gatepass.testing import TestIssuer

SHOP = "https://shop.example.com"
START = 1_800_000_000

Headers = Sequence[tuple[str, str]]


class TestClock:
    """Seconds since the epoch, as a test says."""

    __test__ = False

    def __init__(self, at: float = START) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds


def request(method: str = "GET", *headers: tuple[str, str], path: str = "/", body: bytes | None = None) -> RequestView:
    """A request with these headers."""
    return RequestView(method, path, headers=headers, body=body)


def bearer(token: str) -> tuple[str, str]:
    """The header that carries a token."""
    return "authorization", f"Bearer {token}"


def showing(token: str) -> RequestView:
    """A request that carries a token."""
    return request("GET", bearer(token))


async def code(gate: Gate, view: RequestView) -> str:
    """How a request ends: the code of the refusal, or "accepted"."""
    try:
        await gate.admit(view)
    except GatepassError as error:
        return error.code
    return "accepted"


def decided(gate: Gate, view: RequestView, requirement: Requirement = PERSON, *, now: float = START) -> Identity:
    """The identity of a request about which nothing has to be found out."""
    found = gate.check(view, requirement, now=now)
    assert isinstance(found, Identity)
    return found


class KeyServer:
    """An issuer's metadata and keys on a real loopback socket.

    Args:
        tls: speak https with these certificates.

    Attributes:
        documents: what is served, by path: any JSON value, or bytes.
        asked: the paths that were asked for, in order.
        status: of every answer with a document.
        down: answer nothing and close every connection.
        reached: set once somebody asked; `gate`: answers wait until it is set.
    """

    def __init__(self, tls: SSLContext | None = None) -> None:
        self.documents: dict[str, Any] = {}
        self.asked: list[str] = []
        self.status = 200
        self.down = False
        self.reached, self.gate = Event(), Event()
        self.gate.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"
        self.metadata: dict[str, Any] = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        self.documents["/.well-known/oauth-authorization-server"] = self.metadata

    def publish(self, *issuers: TestIssuer) -> None:
        """Serve the public keys of `issuers` and no others."""
        keys = [jwk for issuer in issuers for jwk in issuer.keys.jwks()["keys"]]
        self.documents["/keys"] = {"keys": keys}

    def issuer(self, **options: Any) -> TestIssuer:
        """A new key pair of this issuer; nobody knows it until it is published."""
        return TestIssuer(self.url, **options)

    def times_asked(self, path: str = "/keys") -> int:
        """How often `path` was asked for."""
        return self.asked.count(path)

    @contextmanager
    def running(self) -> Iterator["KeyServer"]:
        """Serve until the end of the block."""
        thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.gate.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _handler(served: "KeyServer") -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.asked.append(self.path)
                served.reached.set()
                served.gate.wait(10)
                if served.down:
                    return
                document = served.documents.get(self.path)
                body = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(404 if document is None else served.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler
