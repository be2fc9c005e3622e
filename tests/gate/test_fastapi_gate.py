"""The gate as a security dependency of FastAPI."""

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import Body, Depends, FastAPI, Form, Request, Security, WebSocket
from fastapi.testclient import TestClient
from starlette.responses import JSONResponse
from starlette.testclient import WebSocketDenialResponse

from gatepass.fastapi import Gate, GateRefusal, Identity
from gatepass.gate import BearerToken, BodyToken, MemoryStore, ServerSession, TokenCookie
from gatepass.http.refusals import AccessRefused
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, bearer, request

ISSUER = TestIssuer(clock=lambda: START)
GATE = Gate(trust=ISSUER, audience=SHOP, accept=[BearerToken(), BodyToken()], clock=lambda: START)
TOKEN = ISSUER.token(audience=SHOP, subject="anna", scope="a b", auth_time=START - 600)
Fresh = Annotated[Identity, Depends(GATE.require(fresh="5m"))]


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    async def me(who: Annotated[Identity, Depends(GATE)]) -> str:
        return who.subject

    @app.get("/scoped")
    async def scoped(who: Annotated[Identity, Security(GATE, scopes=["a", "c"])]) -> str:
        return who.subject

    @app.get("/fresh")
    async def fresh(who: Fresh) -> str:
        return who.subject

    @app.get("/both", dependencies=[Security(GATE, scopes=["a"])])
    async def both(who: Annotated[Identity, Security(GATE.require(any_scope="b x"), scopes=["a"])]) -> str:
        return who.subject

    @app.get("/stricter")
    async def stricter(who: Annotated[Identity, Security(GATE.require(scope="a"), scopes=["c"])]) -> str:
        return who.subject

    @app.get("/mixed")
    async def mixed(who: Annotated[Identity, Depends(GATE)], strong: Fresh) -> str:
        return who.subject + strong.subject

    @app.post("/json")
    async def takes_json(who: Annotated[Identity, Depends(GATE)], body: Annotated[dict[str, Any], Body()]) -> Any:
        return {"who": who.subject, "amount": body["amount"]}

    @app.post("/form")
    async def takes_form(who: Annotated[Identity, Depends(GATE)], amount: Annotated[int, Form()]) -> Any:
        return {"who": who.subject, "amount": amount}

    @app.post("/raw")
    async def takes_bytes(who: Annotated[Identity, Depends(GATE)], request: Request) -> Any:
        return {"who": who.subject, "amount": (await request.json())["amount"]}

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, who: Annotated[Identity, Security(GATE, scopes=["a"])]) -> None:
        await websocket.accept()
        await websocket.send_text(who.subject)
        await websocket.close()

    return app


@pytest.fixture
def app() -> FastAPI:
    return application()


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=SHOP) as made:
        yield made


def test_a_route_sees_who_is_asking(client: TestClient) -> None:
    assert client.get("/me", headers=[bearer(TOKEN)]).json() == "anna"


def test_a_refusal_has_our_own_body_without_anybody_installing_a_handler(client: TestClient) -> None:
    answer = client.get("/me")
    assert answer.status_code == 401
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["cache-control"] == "no-store"


def test_a_bad_token_is_told_with_its_reason(client: TestClient) -> None:
    answer = client.get("/me", headers=[bearer(ISSUER.token(audience=SHOP, lifetime=-1))])
    assert (answer.json()["error"], answer.json()["reason"]) == ("invalid_token", "token_expired")


def test_scopes_of_security_are_required(client: TestClient) -> None:
    answer = client.get("/scoped", headers=[bearer(TOKEN)])
    assert answer.status_code == 403
    assert 'scope="a c"' in answer.headers["www-authenticate"]


def test_an_old_sign_in_is_not_fresh(client: TestClient) -> None:
    answer = client.get("/fresh", headers=[bearer(TOKEN)])
    assert (answer.status_code, answer.json()["error"]) == (401, "insufficient_user_authentication")
    assert 'max_age="300"' in answer.headers["www-authenticate"]
    assert client.get("/fresh", headers=[bearer(ISSUER.token(audience=SHOP))]).status_code == 200


def test_scopes_add_to_a_requirement(client: TestClient) -> None:
    assert client.get("/both", headers=[bearer(TOKEN)]).json() == "anna"
    assert client.get("/both", headers=[bearer(ISSUER.token(audience=SHOP, scope="b"))]).status_code == 403
    assert client.get("/both", headers=[bearer(ISSUER.token(audience=SHOP, scope="a"))]).status_code == 403


def test_scopes_of_security_are_required_beside_a_requirement_as_well(client: TestClient) -> None:
    answer = client.get("/stricter", headers=[bearer(TOKEN)])
    assert answer.status_code == 403
    assert 'scope="a c"' in answer.headers["www-authenticate"]
    assert client.get("/stricter", headers=[bearer(ISSUER.token(audience=SHOP, scope="a c"))]).status_code == 200


def test_one_dependency_does_not_answer_for_a_stricter_one(client: TestClient) -> None:
    """FastAPI keeps the results of equal dependencies; these two are not equal."""
    assert client.get("/mixed", headers=[bearer(TOKEN)]).status_code == 401


@pytest.mark.parametrize("path", ["/json", "/raw"])
def test_a_json_body_that_carries_the_token_is_read_by_the_route(client: TestClient, path: str) -> None:
    assert client.post(path, json={"token": TOKEN, "amount": 7}).json() == {"who": "anna", "amount": 7}


def test_a_form_that_carries_the_token_is_read_by_the_route(client: TestClient) -> None:
    assert client.post("/form", data={"token": TOKEN, "amount": "7"}).json() == {"who": "anna", "amount": 7}


@pytest.mark.parametrize("size", [70_000, 300_000])
def test_a_body_longer_than_a_token_needs_is_refused(client: TestClient, size: int) -> None:
    assert client.post("/raw", content=b"x" * size, headers={"content-type": "application/json"}).status_code == 413


def test_a_websocket_route_sees_who_is_asking(client: TestClient) -> None:
    with client.websocket_connect("/socket", headers=dict([bearer(TOKEN)])) as session:
        assert session.receive_text() == "anna"


def test_a_refused_handshake_is_answered(client: TestClient) -> None:
    with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect("/socket"):
        pass
    assert (caught.value.status_code, caught.value.json()["error"]) == (401, "credential_required")


def test_a_test_replaces_the_gate(app: FastAPI, client: TestClient) -> None:
    app.dependency_overrides[GATE] = lambda: Identity("tester")
    assert client.get("/me").json() == "tester"
    assert client.get("/scoped").json() == "tester"


def test_a_test_replaces_the_issuer(app: FastAPI, client: TestClient) -> None:
    other = TestIssuer("https://other.test")
    app.dependency_overrides[GATE] = Gate(trust=other, audience=SHOP)
    assert client.get("/me", headers=[bearer(other.token(audience=SHOP, subject="ben"))]).json() == "ben"
    assert client.get("/me", headers=[bearer(TOKEN)]).status_code == 401


def test_a_test_replaces_a_requirement_by_saying_it_again(app: FastAPI, client: TestClient) -> None:
    app.dependency_overrides[GATE.require(fresh=300)] = lambda: Identity("tester")
    assert client.get("/fresh").json() == "tester"


def test_an_app_may_answer_refusals_itself(app: FastAPI) -> None:
    @app.exception_handler(GateRefusal)
    async def own(_: Request, refusal: GateRefusal) -> JSONResponse:
        return JSONResponse({"mine": refusal.error.code}, refusal.answer.status)

    assert TestClient(app).get("/me").json() == {"mine": "credential_required"}


def test_an_app_with_a_handler_for_the_status_answers_itself(app: FastAPI) -> None:
    @app.exception_handler(401)
    async def own(_: Request, __: Exception) -> JSONResponse:
        return JSONResponse("mine", 401)

    assert TestClient(app).get("/me").json() == "mine"


def test_without_a_table_of_handlers_a_refusal_is_still_one() -> None:
    """Nothing but the form of the body depends on how the framework finds handlers."""
    error = AccessRefused("credential_required")
    raised = GateRefusal(error, GATE.answer(error, request()))
    assert raised.status_code == 401
    assert raised.headers is not None
    assert raised.headers["www-authenticate"] == "Bearer"


def test_the_api_description_shows_scheme_and_scopes(app: FastAPI) -> None:
    shown = app.openapi()
    assert shown["components"]["securitySchemes"] == {
        "Gatepass": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    assert shown["paths"]["/me"]["get"]["security"] == [{"Gatepass": []}]
    assert shown["paths"]["/scoped"]["get"]["security"] == [{"Gatepass": ["a", "c"]}]
    assert shown["paths"]["/fresh"]["get"]["security"] == [{"Gatepass": []}]
    assert "422" not in shown["paths"]["/me"]["get"]["responses"]


@pytest.mark.parametrize(
    ("strategy", "scheme"),
    [
        (TokenCookie(), {"type": "apiKey", "in": "cookie", "name": "__Host-access_token"}),
        (ServerSession(MemoryStore()), {"type": "apiKey", "in": "cookie", "name": "__Host-session"}),
    ],
)
def test_a_gate_for_cookies_is_described_as_one(strategy: Any, scheme: dict[str, str]) -> None:
    gate, app = Gate(trust=ISSUER, audience=SHOP, accept=[strategy]), FastAPI()
    gate.scheme_name = "Pages"

    @app.get("/me")
    async def me(who: Annotated[Identity, Depends(gate)]) -> str:
        return who.subject

    assert app.openapi()["components"]["securitySchemes"] == {"Pages": scheme}
