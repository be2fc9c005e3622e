"""Who is asking, decided again for a socket that stays open, or about a token that came in a message."""

from typing import Any

import pytest
from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket

from gatepass import (
    BearerToken,
    BodyToken,
    Gate,
    MemoryStore,
    Misuse,
    Refused,
    ServerSession,
    TokenCookie,
    fastapi,
    starlette,
)
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, TestClock, bearer, request


@pytest.fixture
def issuer(time: TestClock) -> TestIssuer:
    return TestIssuer(clock=time)


@pytest.fixture(params=[Gate, starlette.Gate, fastapi.Gate])
def gate(request: pytest.FixtureRequest, issuer: TestIssuer, time: TestClock) -> Any:
    return request.param(trust=issuer, audience=SHOP, clock=time)


def handshake(*headers: tuple[str, str]) -> WebSocket:
    """An open WebSocket whose handshake had these headers."""
    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": "websocket", "scheme": "wss", "path": "/talk", "headers": raw}
    return WebSocket(scope, None, None)  # type: ignore[arg-type]


async def code(gate: Gate, shown: Any, **words: Any) -> str:
    """How it ends: the code of the refusal, or how the person was recognised."""
    try:
        return (await gate.identify(shown, **words)).scheme
    except Refused as refused:
        return refused.code


async def test_a_socket_is_known_until_its_token_ends(gate: Gate, issuer: TestIssuer, time: TestClock) -> None:
    socket = handshake(bearer(issuer.token(audience=SHOP, lifetime=300)))
    time.move(299)
    assert await code(gate, socket) == "bearer"
    time.move(1)
    assert await code(gate, socket) == "token_expired"


async def test_a_socket_is_known_until_its_token_is_taken_back(gate: Gate, issuer: TestIssuer) -> None:
    token = issuer.token(audience=SHOP)
    assert await code(gate, handshake(bearer(token))) == "bearer"
    issuer.revoke(token)
    assert await code(gate, handshake(bearer(token))) == "token_revoked"


async def test_a_request_must_meet_what_is_asked_now(gate: Gate, issuer: TestIssuer) -> None:
    socket = handshake(bearer(issuer.token(audience=SHOP, scope="talk")))
    assert await code(gate, socket, scope="talk") == "bearer"
    assert await code(gate, socket, scope="shout") == "insufficient_scope"
    program = handshake(bearer(issuer.token(audience=SHOP, subject="robot", client_id="robot")))
    assert await code(gate, program) == "person_required"
    assert await code(gate, program, clients=True) == "bearer"


async def test_a_token_in_the_body_of_a_request_is_found_again_and_left_for_the_route(issuer: TestIssuer) -> None:
    gate = Gate(trust=issuer, audience=SHOP, accept=[BodyToken()])
    body = f"amount=7&token={issuer.token(audience=SHOP)}".encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    form = ("content-type", "application/x-www-form-urlencoded")
    sent = Request({**handshake(form).scope, "type": "http", "method": "POST"}, receive)
    assert [await code(gate, sent), await code(gate, sent)] == ["body", "body"]
    assert await sent.body() == body
    for unreadable in (handshake(form), HTTPConnection(sent.scope), request("POST", form)):
        assert await code(gate, unreadable) == "credential_required"


async def test_a_cookie_that_another_site_sent_is_refused_again(gate: Gate, issuer: TestIssuer) -> None:
    cookie = ("cookie", f"__Host-access_token={issuer.token(audience=SHOP)}")
    assert await code(gate, handshake(cookie, ("origin", SHOP))) == "cookie"
    assert await code(gate, handshake(cookie, ("origin", "https://evil.example"))) == "cross_site_request"


async def test_a_token_from_a_message_counts_as_one_in_a_header(gate: Gate, issuer: TestIssuer) -> None:
    token = issuer.token(audience=SHOP, subject="ada", scope="talk")
    who = await gate.identify(token, scope="talk")
    assert (who.subject, who.scheme) == ("ada", "shown")
    assert await code(gate, token, scope="shout") == "insufficient_scope"
    issuer.revoke(token)
    assert await code(gate, token) == "token_revoked"


@pytest.mark.parametrize("accept", [[TokenCookie()], [BearerToken(), ServerSession(MemoryStore())]])
async def test_where_requests_carry_tokens_does_not_matter_to_one_that_was_shown(
    accept: list[Any], issuer: TestIssuer, time: TestClock
) -> None:
    assert (
        await code(Gate(trust=issuer, audience=SHOP, accept=accept, clock=time), issuer.token(audience=SHOP)) == "shown"
    )


async def test_a_gate_that_takes_no_tokens_takes_none_that_are_shown(issuer: TestIssuer) -> None:
    sessions_only = Gate(url=SHOP, accept=[ServerSession(MemoryStore())])
    assert await code(sessions_only, issuer.token(audience=SHOP)) == "wrong_issuer"


@pytest.mark.parametrize(
    "hostile", ["", ".", "a.b.c", "Bearer x", "x\r\nauthorization: y", "\ud800", "é" * 9, "." * 99_999]
)
async def test_any_other_text_is_refused(gate: Gate, hostile: str) -> None:
    assert await code(gate, hostile) == "malformed_token"


async def test_a_token_of_somebody_else_or_for_somebody_else_is_refused(gate: Gate, issuer: TestIssuer) -> None:
    assert await code(gate, issuer.token(audience="https://bank.example.com")) == "wrong_audience"
    stranger = TestIssuer("https://evil.example")
    assert await code(gate, stranger.token(audience=SHOP)) == "unknown_key"


@pytest.mark.parametrize("nothing", [None, b"token", 7, object()])
async def test_what_is_neither_a_request_nor_a_token_is_the_programmers_mistake(gate: Gate, nothing: Any) -> None:
    with pytest.raises(Misuse):
        await gate.identify(nothing)


async def test_a_view_of_a_request_will_do(gate: Gate, issuer: TestIssuer) -> None:
    assert await code(gate, request("GET", bearer(issuer.token(audience=SHOP)))) == "bearer"
