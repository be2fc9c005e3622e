"""A gate in front of any ASGI app, in memory and as its server would call it."""

import json
from collections.abc import Sequence
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from gatepass.asgi import Gate, protect
from gatepass.gate import BearerToken, BodyToken
from gatepass.gate.wire import App, Message, Scope
from gatepass.kernel.errors import Misuse
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, bearer

ISSUER = TestIssuer(clock=lambda: START)
GATE = Gate(trust=ISSUER, audience=SHOP, accept=[BearerToken(), BodyToken()], clock=lambda: START)
TOKEN = ISSUER.token(audience=SHOP, subject="anna", scope="a")


async def echo(request: Request) -> JSONResponse:
    """Who is asking, and what the route could read."""
    who = getattr(request.state, "identity", None)
    return JSONResponse({"who": who and who.subject, "body": (await request.body()).decode(), "path": request.url.path})


APP = Starlette(routes=[Route("/{rest:path}", echo, methods=["GET", "POST", "OPTIONS"])])


async def call(app: App, method: str, path: str, **options: Any) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=SHOP) as client:
        return await client.request(method, path, **options)


async def status(app: App, path: str) -> int:
    """The status for a path exactly as a server would hand it over; HTTP clients tidy paths up."""
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    return int((await raw(app, scope))[0]["status"])


async def raw(app: App, scope: Scope, messages: Sequence[Message] = ({"type": "http.request"},)) -> list[Any]:
    waiting, sent = list(messages), []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def test_the_app_behind_sees_who_is_asking() -> None:
    answer = await call(protect(APP, GATE), "GET", "/x", headers=[bearer(TOKEN)])
    assert answer.json() == {"who": "anna", "body": "", "path": "/x"}


async def test_nobody_else_gets_through() -> None:
    answer = await call(protect(APP, GATE), "GET", "/x")
    assert (answer.status_code, answer.json()["error"]) == (401, "credential_required")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["content-length"]) == len(answer.content)


async def test_requirements_are_named_beside_the_gate() -> None:
    answer = await call(protect(APP, GATE, scope="b"), "GET", "/x", headers=[bearer(TOKEN)])
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/admin", 401),
        ("/admin/", 401),
        ("/admin/users", 401),
        ("/administrator", 200),
        ("/", 200),
        ("//admin", 401),
        ("/./admin", 401),
        ("/x/../admin", 401),
        ("/admin/../x", 401),
        ("\\admin", 401),
        ("/admin\\x", 401),
        ("admin", 401),
        ("/admin/healthz", 200),
        ("/admin/healthz/", 401),
        ("/admin//healthz", 401),
    ],
)
async def test_a_prefix_covers_whole_segments_and_odd_spellings(path: str, expected: int) -> None:
    """Whatever router is behind, no spelling of a covered path leads around the gate."""

    async def lenient(scope: Scope, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    assert await status(protect(lenient, GATE, prefixes=["/admin"], public=["/admin/healthz"]), path) == expected


async def test_prefixes_are_relative_to_where_the_app_is_mounted() -> None:
    outer = Starlette(routes=[Mount("/shop", protect(APP, GATE, prefixes=["/admin"]))])
    assert (await call(outer, "GET", "/shop/admin")).status_code == 401
    assert (await call(outer, "GET", "/shop/open")).status_code == 200


async def test_a_path_that_only_begins_like_the_mount_is_not_cut() -> None:
    scope = {"type": "http", "method": "GET", "path": "/shopadmin", "root_path": "/shop", "headers": []}
    assert (await raw(protect(APP, GATE, prefixes=["/shopadmin"]), scope))[0]["status"] == 401


async def test_it_is_a_middleware_of_starlette_too() -> None:
    app = Starlette(routes=APP.routes, middleware=[Middleware(protect, gate=GATE, prefixes=["/admin"])])
    assert (await call(app, "GET", "/admin")).status_code == 401
    assert (await call(app, "GET", "/admin", headers=[bearer(TOKEN)])).json()["who"] == "anna"


async def test_preflights_pass() -> None:
    headers = {"origin": "https://app.example.com", "access-control-request-method": "POST"}
    assert (await call(protect(APP, GATE), "OPTIONS", "/x", headers=headers)).json()["who"] is None
    assert (await call(protect(APP, GATE), "OPTIONS", "/x")).status_code == 401


async def test_a_body_that_was_searched_for_a_token_is_read_again_by_the_app() -> None:
    body = json.dumps({"token": TOKEN, "amount": 7})
    sent = {"content": body, "headers": {"content-type": "application/json"}}
    assert (await call(protect(APP, GATE), "POST", "/x", **sent)).json() == {"who": "anna", "body": body, "path": "/x"}


async def test_a_body_is_not_read_further_than_a_token_needs() -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    parts = [{"type": "http.request", "body": b"x" * 40_000, "more_body": True} for _ in range(2)]
    sent = await raw(protect(APP, GATE), scope, parts)
    assert sent[0]["status"] == 413


async def test_a_client_that_goes_away_while_it_is_read_gets_no_further() -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    assert (await raw(protect(APP, GATE), scope, [{"type": "http.disconnect"}]))[0]["status"] == 400


async def test_a_state_that_the_server_shares_is_not_written_into() -> None:
    shared: dict[str, Any] = {"pool": 1}
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "state": shared}
    headers = [(b"authorization", f"Bearer {TOKEN}".encode())]
    await raw(protect(APP, GATE), {**scope, "headers": headers})
    assert shared == {"pool": 1}


async def test_a_handshake_is_refused_by_an_http_answer_where_the_server_can_send_one() -> None:
    scope = {"type": "websocket", "path": "/", "headers": [], "extensions": {"websocket.http.response": {}}}
    start, body = await raw(protect(APP, GATE), scope)
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 401)
    assert b"credential_required" in body["body"]


async def test_a_handshake_is_closed_where_it_cannot() -> None:
    sent = await raw(protect(APP, GATE), {"type": "websocket", "path": "/", "headers": []})
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": ""}]


async def test_lifespan_passes() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    await raw(protect(app, GATE), {"type": "lifespan"})
    assert seen == ["lifespan"]


def test_what_is_no_gate_protects_nothing() -> None:
    with pytest.raises(Misuse):
        protect(APP, APP)  # type: ignore[arg-type]


@pytest.mark.parametrize("paths", ["/admin", ["admin"], [7], None])
def test_paths_that_cover_nothing_are_misuse(paths: Any) -> None:
    with pytest.raises(Misuse):
        protect(APP, GATE, prefixes=paths)
