"""A gate that trusts an auth server in its own process: no network, and sign-out holds at once."""

from collections.abc import Callable

import pytest

from gatepass.gate import BearerToken, Gate, Identity, Issuer
from gatepass.gate.errors import KeysUnavailable
from gatepass.gate.keys import REVALIDATE
from gatepass.http.view import RequestView
from gatepass.jose import KeySet
from gatepass.kernel.errors import GatepassError, Unavailable
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, TestClock, bearer, code, request


class Away(Unavailable):
    codes = {"away": (503, "The store is away.")}


class ServerHere:
    """An auth server as a gate sees it: sessions and keys in memory."""

    def __init__(self) -> None:
        self.tokens = TestIssuer(clock=lambda: START)
        self.issuer = self.tokens.issuer
        self.session_strategy = self
        self.scheme = "session"
        self.keys_now = self.tokens.keys
        self.ended: set[str | None] = set()
        self.away = False
        self.asked = 0
        self.meanwhile: Callable[[], None] = lambda: None

    async def gate_keys(self) -> KeySet:
        self.asked += 1
        if self.away:
            raise Away("away")
        return self.keys_now

    async def is_live(self, identity: Identity, /) -> bool:
        self.meanwhile()
        return identity.session not in self.ended

    async def __call__(self, request: RequestView, /) -> Identity | None:
        cookie = request.cookie("__Host-sid")
        return Identity(cookie, self.issuer) if cookie else None


@pytest.fixture
def server() -> ServerHere:
    return ServerHere()


@pytest.fixture
def gate(server: ServerHere, time: TestClock) -> Gate:
    return Gate(trust=server, audience=SHOP, clock=time)


async def test_its_tokens_and_its_sessions_are_accepted(gate: Gate, server: ServerHere) -> None:
    assert (await gate.admit(request("GET", bearer(server.tokens.token(audience=SHOP))))).scheme == "bearer"
    assert (await gate.admit(request("GET", ("cookie", "__Host-sid=anna")))).subject == "anna"


async def test_its_session_cookie_is_guarded(gate: Gate) -> None:
    assert await code(gate, request("POST", ("cookie", "__Host-sid=anna"))) == "cross_site_request"


async def test_sessions_are_accepted_only_where_accept_says_so(server: ServerHere) -> None:
    gate = Gate(trust=server, audience=SHOP, accept=[BearerToken()])
    assert await code(gate, request("GET", ("cookie", "__Host-sid=anna"))) == "credential_required"


async def test_a_token_is_refused_at_once_when_its_session_has_ended(gate: Gate, server: ServerHere) -> None:
    sent = request("GET", bearer(server.tokens.token(audience=SHOP, sid="one")))
    assert await gate.admit(sent)
    server.ended.add("one")
    assert await code(gate, sent) == "token_revoked"


async def test_a_server_that_says_nothing_has_not_said_yes() -> None:
    """Nor is it asked for ever."""

    class Silent(ServerHere):
        async def is_live(self, identity: Identity, /) -> bool:
            return None  # type: ignore[return-value]

    silent = Silent()
    gate = Gate(trust=silent, audience=SHOP, clock=TestClock())
    assert await code(gate, request("GET", bearer(silent.tokens.token(audience=SHOP)))) == "token_revoked"


async def test_live_may_be_asked_for(gate: Gate, server: ServerHere) -> None:
    sent = request("GET", bearer(server.tokens.token(audience=SHOP)))
    assert await gate.admit(sent, gate.requirement(live=True))


async def test_a_revoked_key_dies_within_the_minute(gate: Gate, server: ServerHere, time: TestClock) -> None:
    sent = request("GET", bearer(server.tokens.token(audience=SHOP, lifetime=3_600)))
    assert await gate.admit(sent)
    server.keys_now = TestIssuer().keys
    assert await gate.admit(sent)
    time.move(REVALIDATE)
    assert await code(gate, sent) == "unknown_key"


async def test_keys_are_not_asked_for_at_every_request(gate: Gate, server: ServerHere) -> None:
    for _ in range(9):
        await gate.admit(request("GET", bearer(server.tokens.token(audience=SHOP))))
    assert server.asked == 1


async def test_a_server_that_cannot_answer_is_unavailable(gate: Gate, server: ServerHere) -> None:
    server.away = True
    with pytest.raises(KeysUnavailable):
        await gate.admit(request("GET", bearer(server.tokens.token(audience=SHOP))))


async def test_it_can_be_trusted_beside_another_issuer(server: ServerHere) -> None:
    other = TestIssuer("https://other.test", clock=lambda: START)
    gate = Gate(trust=[server, other], audience=SHOP, clock=lambda: START)
    assert (await gate.admit(request("GET", bearer(other.token(audience=SHOP))))).issuer == "https://other.test"
    assert (await gate.admit(request("GET", bearer(server.tokens.token(audience=SHOP))))).issuer == server.issuer
    given = Gate(trust=[server, Issuer(other.issuer, other.keys)], audience=SHOP)
    with pytest.raises(GatepassError, match="AuthServer in this process"):
        given.requirement(live=True)


async def test_a_session_that_ended_takes_tokens_of_a_shared_secret_along(server: ServerHere, time: TestClock) -> None:
    """The issuer in this process knows of them, too."""
    group = TestIssuer(server.issuer, alg="HS256", clock=time)
    gate = Gate(trust=[server, Issuer(server.issuer, group.keys)], audience=SHOP, clock=time)
    sent = request("GET", bearer(group.token(audience=SHOP, sid="s1")))
    assert (await gate.admit(sent)).session == "s1"
    server.ended.add("s1")
    assert await code(gate, sent) == "token_revoked"


async def test_a_token_that_ends_while_its_issuer_is_asked_is_refused(server: ServerHere, time: TestClock) -> None:
    gate = Gate(trust=server, audience=SHOP, clock=time)
    sent = request("GET", bearer(server.tokens.token(audience=SHOP, lifetime=60)))
    server.meanwhile = lambda: time.move(60)
    assert await code(gate, sent) == "token_expired"
