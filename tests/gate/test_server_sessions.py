"""The classic session of a service that keeps it in its own memory."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from gatepass.gate import BearerToken, Gate, Identity, MemoryStore, ServerSession
from gatepass.http.view import RequestView
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, TestClock, bearer, decided, request

ISSUER = TestIssuer(clock=lambda: START)
DAY = 86_400


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(3, idle=DAY, absolute=3 * DAY)


@pytest.fixture
def sessions(store: MemoryStore, time: TestClock) -> ServerSession:
    return ServerSession(store, clock=time)


@pytest.fixture
def gate(sessions: ServerSession) -> Gate:
    return Gate(trust=ISSUER, audience=SHOP, accept=[BearerToken(), sessions])


def secret_in(set_cookie: str) -> str:
    return set_cookie.partition(";")[0].partition("=")[2]


def coming_back(set_cookie: str, method: str = "GET", *headers: tuple[str, str]) -> RequestView:
    """The next request of a browser that got this Set-Cookie."""
    return request(method, ("cookie", set_cookie.partition(";")[0]), *headers)


def code(gate: Gate, view: RequestView, now: float = START) -> str:
    with pytest.raises(GatepassError) as caught:
        gate.check(view, now=now)
    return caught.value.code


def test_a_session_recognises_who_started_it(gate: Gate, sessions: ServerSession) -> None:
    who = decided(gate, coming_back(sessions.open("anna")))
    assert (who.subject, who.kind, who.scheme, who.auth_time) == ("anna", "person", "session", START)
    assert who.expires_at == START + 3 * DAY


def test_an_identity_keeps_what_it_says(gate: Gate, sessions: ServerSession) -> None:
    """A service with its own users says their names and scopes; one that got a token goes on with its claims."""
    given = Identity("7", username="anna", scopes=frozenset({"a"}), auth_time=START - 99)
    who = decided(gate, coming_back(sessions.open(given)), gate.requirement(scope="a"))
    assert (who.username, who.auth_time, who.scheme) == ("anna", START - 99, "session")


def test_the_cookie_is_out_of_reach_of_scripts_siblings_and_plain_http(gate: Gate, sessions: ServerSession) -> None:
    name, _, rest = sessions.open("anna").partition("=")
    assert name == "__Host-session"
    assert set(rest.split("; ")[1:]) == {f"Max-Age={3 * DAY}", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"}


def test_every_session_has_a_new_secret_and_its_own_public_id(
    gate: Gate, sessions: ServerSession, store: MemoryStore
) -> None:
    first, second = secret_in(sessions.open("anna")), secret_in(sessions.open("anna"))
    ids = {session.id for session in store.remembered(START)}
    assert len({first, second} | ids) == 4
    assert len(first) >= 43


def test_what_is_remembered_holds_no_secret(gate: Gate, sessions: ServerSession, store: MemoryStore) -> None:
    secret = secret_in(sessions.open("anna"))
    assert [session.identity.subject for session in store.remembered(START)] == ["anna"]
    assert secret not in repr(store.remembered(START)) + repr(vars(store))


def test_signing_in_again_ends_the_session_of_before(gate: Gate, sessions: ServerSession, store: MemoryStore) -> None:
    """Whoever planted a session in the browser must not share the next one."""
    planted = sessions.open("mallory")
    fresh = sessions.open("anna", coming_back(planted))
    assert code(gate, coming_back(planted)) == "session_ended"
    assert decided(gate, coming_back(fresh)).subject == "anna"
    assert len(store) == 1


def test_a_session_that_was_ended_is_refused(gate: Gate, sessions: ServerSession, store: MemoryStore) -> None:
    cookie = sessions.open("anna")
    cleared = sessions.close(coming_back(cookie))
    assert "Max-Age=0" in cleared
    assert secret_in(cleared) == ""
    assert code(gate, coming_back(cookie)) == "session_ended"
    assert len(store) == 0


def test_ending_without_a_session_does_no_harm(gate: Gate, sessions: ServerSession) -> None:
    assert "Max-Age=0" in sessions.close(request())


@pytest.mark.parametrize("secret", ["x", "x" * 10_000, "\xe9", "__Host-session"])
def test_an_invented_secret_is_refused(gate: Gate, secret: str) -> None:
    assert code(gate, request("GET", ("cookie", f"__Host-session={secret}"))) == "session_ended"


def test_a_session_of_another_server_is_unknown_here(gate: Gate) -> None:
    next_door = ServerSession(MemoryStore(), url=SHOP)
    assert code(gate, coming_back(next_door.open("anna"))) == "session_ended"


def test_a_session_ends_when_it_is_not_used(gate: Gate, sessions: ServerSession) -> None:
    cookie = sessions.open("anna")
    assert code(gate, coming_back(cookie), START + DAY) == "session_ended"
    assert code(gate, coming_back(cookie), START) == "session_ended"


def test_use_keeps_a_session_until_its_absolute_end(gate: Gate, sessions: ServerSession) -> None:
    cookie = sessions.open("anna")
    for hour in range(12, 72, 12):
        assert decided(gate, coming_back(cookie), now=START + hour * 3_600)
    assert code(gate, coming_back(cookie), START + 3 * DAY) == "session_ended"


def test_when_the_memory_is_full_the_longest_unused_session_ends(
    gate: Gate, sessions: ServerSession, store: MemoryStore
) -> None:
    cookies = [sessions.open(name) for name in ("anna", "ben", "cleo")]
    decided(gate, coming_back(cookies[0]))
    sessions.open("dora")
    assert code(gate, coming_back(cookies[1])) == "session_ended"
    assert decided(gate, coming_back(cookies[0])).subject == "anna"
    assert [session.identity.subject for session in store.remembered(START)] == ["anna", "dora", "cleo"]


def test_ended_sessions_are_not_shown(sessions: ServerSession, store: MemoryStore) -> None:
    sessions.cookie.bind(SHOP)
    sessions.open("anna")
    assert store.remembered(START + DAY) == []


def test_another_site_cannot_use_the_session(gate: Gate, sessions: ServerSession) -> None:
    cookie = sessions.open("anna")
    assert code(gate, coming_back(cookie, "POST", ("sec-fetch-site", "cross-site"))) == "cross_site_request"
    assert code(gate, coming_back(cookie, "WEBSOCKET", ("origin", "https://evil.test"))) == "cross_site_request"
    assert decided(gate, coming_back(cookie, "POST", ("origin", SHOP)))


def test_a_token_in_the_header_decides_before_the_session(gate: Gate, sessions: ServerSession) -> None:
    token = ISSUER.token(audience=SHOP, subject="ben")
    assert decided(gate, coming_back(sessions.open("anna"), "GET", bearer(token))).subject == "ben"


def test_without_a_public_url_no_session_begins() -> None:
    """Half a session, in the store but in no browser, would be worse."""
    store = MemoryStore()
    with pytest.raises(Misuse, match="url="):
        ServerSession(store).open("anna")
    assert len(store) == 0


@pytest.mark.parametrize(
    "limits", [{"idle": 0}, {"absolute": -1}, {"idle": 2, "absolute": 1}, {"max_sessions": 0}, {"idle": "5m"}]
)
def test_a_store_needs_limits_that_make_sense(limits: dict[str, Any]) -> None:
    with pytest.raises(Misuse):
        MemoryStore(**limits)


async def test_a_response_of_starlette_gets_the_cookie(gate: Gate, sessions: ServerSession, store: MemoryStore) -> None:
    response = Response()
    response.set_cookie("other", "kept")
    await sessions.start(response, "anna")
    cookies = response.headers.getlist("set-cookie")
    assert len(cookies) == 2
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"cookie", cookies[1].split(";")[0].encode())]}
    await sessions.end(Request(scope), response)
    assert "Max-Age=0" in response.headers.getlist("set-cookie")[2]
    assert len(store) == 0


@pytest.mark.parametrize("nobody", ["", None, 17, Identity("")])
def test_no_session_begins_for_nobody(sessions: ServerSession, store: MemoryStore, gate: Gate, nobody: Any) -> None:
    with pytest.raises(Misuse):
        sessions.open(nobody)
    assert len(store) == 0


async def test_what_is_no_response_or_no_request_is_misuse(gate: Gate, sessions: ServerSession) -> None:
    with pytest.raises(Misuse):
        await sessions.start(object(), "anna")
    with pytest.raises(Misuse):
        await sessions.end(object(), Response())
