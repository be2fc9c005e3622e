"""An issuer that publishes its keys and status lists on a real loopback socket."""

import hashlib
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

from gatepass.jose import Key, jws
from gatepass.testing import TestIssuer
from gatepass.tokens.status_list import StatusList
from tests.support.gates import SHOP, START, KeyServer

Behave = Callable[[BaseHTTPRequestHandler], None]
SIZE = 1_024


class ListServer(KeyServer):
    """What a `KeyServer` does, and status lists at `/status/…`.

    Attributes:
        lists: the body of each list, by path.
        lists_down: close every connection that asks for a list.
        lists_gate: answers with lists wait until it is set; `lists_reached`: set once somebody asked.
        behave: answers in place of this server, if it is given.
        conditions: the If-None-Match of each question for a list.
        always_304: whatever is asked, nothing has changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[str, bytes] = {}
        self.lists_down = self.always_304 = False
        self.lists_gate, self.lists_reached = Event(), Event()
        self.lists_gate.set()
        self.behave: Behave | None = None
        self.conditions: list[str | None] = []
        self.etags = True

    def uri(self, name: str = "1") -> str:
        """Where a list is."""
        return f"{self.url}/status/{name}"

    def token(self, issuer: TestIssuer, idx: Any = 1, uri: Any = None, **claims: Any) -> str:
        """A token of the issuer with a place in a list."""
        said = {"status_list": {"idx": idx, "uri": self.uri() if uri is None else uri}}
        return issuer.token(audience=SHOP, status=said, lifetime=86_400, **claims)

    def publish_list(
        self, issuer: TestIssuer | Key, *revoked: int, name: str = "1", typ: str = "statuslist+jwt", **claims: Any
    ) -> None:
        """Sign and serve a list; further claims go beside or before the usual ones, None leaves one out."""
        key = issuer if isinstance(issuer, Key) else next(iter(issuer.keys))
        said = {
            "sub": self.uri(name),
            "iat": START,
            "exp": START + 86_400,
            "ttl": 5,
            "status_list": {"bits": 1, "lst": StatusList.from_set(revoked, SIZE).encode()},
            **claims,
        }
        content = json.dumps({member: value for member, value in said.items() if value is not None})
        self.lists[f"/status/{name}"] = jws.sign(content.encode(), key, header={"typ": typ}).encode()

    def lists_asked(self, name: str = "1") -> int:
        """How often a list was asked for."""
        return self.times_asked(f"/status/{name}")

    def _handler(served: "ListServer") -> type[BaseHTTPRequestHandler]:
        class Handler(super()._handler()):  # type: ignore[misc]
            def do_GET(self) -> None:
                if not self.path.startswith("/status/"):
                    super().do_GET()
                    return
                served.asked.append(self.path)
                served.conditions.append(self.headers.get("If-None-Match"))
                served.lists_reached.set()
                served.lists_gate.wait(10)
                if served.behave is not None:
                    served.behave(self)
                elif not served.lists_down:
                    self.send_list(served.lists.get(self.path))

            def send_list(self, body: bytes | None) -> None:
                etag = f'"{hashlib.sha256(body or b"").hexdigest()[:16]}"'
                same = served.always_304 or (served.etags and self.headers.get("If-None-Match") == etag)
                body = b"" if same or body is None else body
                self.send_response(304 if same else 200 if body else 404)
                if served.etags:
                    self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
