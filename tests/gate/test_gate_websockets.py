"""WebSocket handshakes through a real server and a real client."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Annotated, Any

import pytest
import uvicorn
from fastapi import FastAPI, Security
from fastapi import WebSocket as FastApiWebSocket
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gatepass import asgi, fastapi, starlette
from gatepass.gate import Identity
from gatepass.testing import TestIssuer

URL = "http://shop.localhost"
ISSUER = TestIssuer()
# Real time here, and the suite may take longer than a token lives.
TOKEN = ISSUER.token(audience=URL, subject="anna", scope="a", lifetime=86_400)


async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.state.identity.subject)
    await websocket.close()


def behind_protect() -> Any:
    app = Starlette(routes=[WebSocketRoute("/socket", greet)])
    return asgi.protect(app, asgi.Gate(trust=ISSUER, audience=URL), scope="a")


def with_decorator() -> Any:
    gate = starlette.Gate(trust=ISSUER, audience=URL)
    return Starlette(routes=[WebSocketRoute("/socket", gate.require(scope="a")(greet))])


def with_dependency() -> Any:
    gate, app = fastapi.Gate(trust=ISSUER, audience=URL), FastAPI()

    @app.websocket("/socket")
    async def greeted(websocket: FastApiWebSocket, who: Annotated[Identity, Security(gate, scopes=["a"])]) -> None:
        websocket.state.identity = who
        await greet(websocket)

    return app


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The app on a loopback port of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, log_level="error", ws="websockets-sansio", lifespan="off")
    )
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/socket"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="module", params=[behind_protect, with_decorator, with_dependency])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    with served(request.param()) as url:
        yield url


def refused(address: str, **headers: str) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as caught, connect(address, additional_headers=headers, proxy=None):
        pass
    body = caught.value.response.body
    assert body is not None
    return caught.value.response.status_code, json.loads(body)["error"]


def test_a_token_in_the_header_opens_the_socket(address: str) -> None:
    with connect(address, additional_headers={"authorization": f"Bearer {TOKEN}"}, proxy=None) as socket:
        assert socket.recv() == "anna"


def test_a_cookie_opens_it_on_our_own_pages(address: str) -> None:
    headers = {"cookie": f"access_token={TOKEN}", "origin": URL}
    with connect(address, additional_headers=headers, proxy=None) as socket:
        assert socket.recv() == "anna"


def test_another_site_cannot_open_it_with_the_persons_cookie(address: str) -> None:
    """Browsers send cookies with any WebSocket, whoever opens it."""
    cookie = f"access_token={TOKEN}"
    assert refused(address, cookie=cookie, origin="https://evil.test") == (403, "cross_site_request")
    assert refused(address, cookie=cookie) == (403, "cross_site_request")


def test_a_refused_handshake_says_why(address: str) -> None:
    assert refused(address) == (401, "credential_required")
    assert refused(address, authorization="Bearer x") == (401, "invalid_token")
    without = ISSUER.token(audience=URL)
    assert refused(address, authorization=f"Bearer {without}") == (403, "insufficient_scope")
