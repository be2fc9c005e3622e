"""`@gate.require` on endpoints of Starlette."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from gatepass.gate import BearerToken, BodyToken, MemoryStore, ServerSession, TokenCookie
from gatepass.jose import TokenRefused
from gatepass.kernel.errors import Misuse
from gatepass.starlette import Gate
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, bearer

ISSUER = TestIssuer(clock=lambda: START)
SESSIONS = ServerSession(MemoryStore(), clock=lambda: START)
GATE = Gate(
    trust=ISSUER,
    audience=SHOP,
    accept=[BearerToken(), TokenCookie(), SESSIONS, BodyToken()],
    login_url="/login",
    clock=lambda: START,
)
TOKEN = ISSUER.token(audience=SHOP, subject="anna", scope="a")


@GATE.require()
async def me(request: Request) -> Response:
    return PlainTextResponse(request.state.identity.subject)


@GATE.require(scope="b")
async def scoped(request: Request) -> Response:
    return PlainTextResponse("in")


@GATE.require()
def blocking(request: Request) -> Response:
    return PlainTextResponse(request.state.identity.subject)


@GATE.require()
async def forms(request: Request) -> Response:
    form = await request.form()
    return JSONResponse({"who": request.state.identity.subject, "amount": form["amount"]})


class Orders(HTTPEndpoint):
    @GATE.require()
    async def get(self, request: Request) -> Response:
        return PlainTextResponse(request.state.identity.subject)


@GATE.require(scope="a")
async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.state.identity.subject)
    await websocket.close()


async def sign_in(request: Request) -> Response:
    response = RedirectResponse("/me", 303)
    await SESSIONS.start(response, "ben", request)
    return response


async def sign_out(request: Request) -> Response:
    response = RedirectResponse("/", 303)
    await SESSIONS.end(request, response)
    return response


APP = Starlette(
    routes=[
        Route("/me", me),
        Route("/scoped", scoped),
        Route("/blocking", blocking),
        Route("/forms", forms, methods=["POST"]),
        Route("/orders", Orders),
        Route("/login", sign_in, methods=["POST"]),
        Route("/logout", sign_out, methods=["POST"]),
        WebSocketRoute("/socket", socket),
    ]
)


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(APP, base_url=SHOP, follow_redirects=False) as made:
        yield made


@pytest.mark.parametrize("path", ["/me", "/blocking", "/orders"])
def test_functions_and_methods_of_both_kinds_see_who_is_asking(client: TestClient, path: str) -> None:
    assert client.get(path, headers=[bearer(TOKEN)]).text == "anna"


@pytest.mark.parametrize("path", ["/me", "/blocking", "/orders"])
def test_nobody_else_reaches_them(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["error"]) == (401, "credential_required")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_missing_scope_is_403(client: TestClient) -> None:
    answer = client.get("/scoped", headers=[bearer(TOKEN)])
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert 'scope="b"' in answer.headers["www-authenticate"]


def test_a_person_who_navigates_is_sent_to_sign_in(client: TestClient) -> None:
    answer = client.get("/me?x=1", headers={"sec-fetch-mode": "navigate"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fme%3Fx%3D1")


def test_a_form_that_carries_the_token_is_read_by_the_route(client: TestClient) -> None:
    answer = client.post("/forms", data={"token": TOKEN, "amount": "7"})
    assert answer.json() == {"who": "anna", "amount": "7"}


def test_a_session_begins_and_ends(client: TestClient) -> None:
    client.post("/login")
    assert client.get("/me").text == "ben"
    client.post("/logout")
    assert client.get("/me").status_code == 401


def test_a_header_beats_the_session(client: TestClient) -> None:
    client.post("/login")
    assert client.get("/me", headers=[bearer(TOKEN)]).text == "anna"
    assert client.get("/me", headers=[bearer("bad")]).json()["reason"] == "malformed_token"


def test_a_token_cookie_is_set_read_and_cleared(client: TestClient) -> None:
    cookie = next(strategy for strategy in GATE.accept if isinstance(strategy, TokenCookie))
    response = Response()
    cookie.set(response, TOKEN, max_age=300)
    client.headers["cookie"] = response.headers["set-cookie"].partition(";")[0]
    assert client.get("/me").text == "anna"
    cookie.clear(response)
    assert "Max-Age=0" in response.headers.getlist("set-cookie")[1]


@pytest.mark.parametrize("text", ["a b", "a;b", "a\r\nset-cookie: x=y", "\xe9", "x" * 5_000, None, 7, b"token"])
def test_what_is_no_token_is_not_put_into_a_cookie(text: Any) -> None:
    """It came from outside, so it is refused and not called the programmer's mistake."""
    cookie, response = TokenCookie(url=SHOP), Response()
    with pytest.raises(TokenRefused, match="malformed_token"):
        cookie.set(response, text)
    assert "set-cookie" not in response.headers


def test_a_websocket_route_sees_who_is_asking(client: TestClient) -> None:
    with client.websocket_connect("/socket", headers=dict([bearer(TOKEN)])) as session:
        assert session.receive_text() == "anna"


def test_a_refused_handshake_is_answered(client: TestClient) -> None:
    with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect("/socket"):
        pass
    assert caught.value.status_code == 401
    assert caught.value.json()["error"] == "credential_required"


@pytest.mark.parametrize("endpoint", [Orders, 7, partial(print)])
def test_what_is_no_function_is_misuse(endpoint: Any) -> None:
    with pytest.raises(Misuse):
        GATE.require()(endpoint)


async def test_a_function_without_a_request_is_misuse() -> None:
    with pytest.raises(Misuse, match="Request"):
        await GATE.require()(lambda: None)()


async def test_a_body_that_somebody_read_piece_by_piece_holds_no_token_any_more() -> None:
    """Waiting for it again would wait for ever."""
    messages = [{"type": "http.request", "body": f"token={TOKEN}".encode(), "more_body": False}]

    async def receive() -> Any:
        return messages.pop()

    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)
    assert [part async for part in request.stream()]
    answer = await me(request)
    assert answer.status_code == 401
