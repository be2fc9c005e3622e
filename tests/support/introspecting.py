"""An issuer that can be asked about tokens (RFC 7662), on a real loopback socket."""

import json
from base64 import b64decode
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from threading import Event, Semaphore
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from tests.support.gates import KeyServer


class IntrospectionServer(KeyServer):
    """A `KeyServer` with an introspection endpoint that lets one client in.

    Attributes:
        answers: what is said of each token; others are not active.
        questions: the form of every question, in order.
        said: in place of any answer, if it is given: status and body.
        reachable: False closes every connection to the endpoint.
        endpoint_gate: answers wait until it is set; `arrived`: counts who asked.
    """

    def __init__(self, client: tuple[str, str] = ("shop", "a secret")) -> None:
        super().__init__()
        self.client = client
        self.answers: dict[str, Mapping[str, Any]] = {}
        self.questions: list[dict[str, list[str]]] = []
        self.said: tuple[int, bytes] | None = None
        self.reachable = True
        self.endpoint_gate, self.arrived = Event(), Semaphore(0)
        self.endpoint_gate.set()
        self.metadata["introspection_endpoint"] = f"{self.url}/oauth/introspect"

    def stand_by(self, token: str, **changed: Any) -> None:
        """Say that a token is good, with its own claims and those that are given."""
        payload = token.split(".")[1]
        self.answers[token] = {"active": True, **json.loads(b64decode(payload + "==", altchars=b"-_")), **changed}

    def _handler(served: "IntrospectionServer") -> type[BaseHTTPRequestHandler]:
        class Handler(super()._handler()):  # type: ignore[misc]
            def do_POST(self) -> None:
                asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                served.questions.append(asked)
                served.arrived.release()
                served.endpoint_gate.wait(10)
                if not served.reachable:
                    return
                if served.said is not None:
                    self.answer(*served.said)
                elif not self.let_in() or self.path != "/oauth/introspect":
                    self.answer(401, b'{"error":"invalid_client"}')
                else:
                    known = served.answers.get(asked["token"][0], {"active": False})
                    self.answer(200, json.dumps(known).encode())

            def let_in(self) -> bool:
                scheme, _, encoded = self.headers["Authorization"].partition(" ")
                client, _, secret = b64decode(encoded).decode().partition(":")
                return scheme == "Basic" and (unquote_plus(client), unquote_plus(secret)) == served.client

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
