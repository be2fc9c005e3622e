"""Routes that want to be certain: the issuer is asked about the token at every request, over real sockets."""

import asyncio
import copy
import logging
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gatepass.gate import ClientSecret, Gate, Issuer
from gatepass.gate.errors import StatusUnknown
from gatepass.gate.introspection import DEADLINE, MAX_ASKING
from gatepass.gate.requirement import Requirement
from gatepass.jose import TokenRefused
from gatepass.kernel.clock import monotonic
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.kernel.secret import Secret
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, KeyServer, TestClock, bearer, request
from tests.support.introspecting import IntrospectionServer

LIVE = Requirement.of(live=True)
SECRET = "a secret"


@pytest.fixture
def server() -> Iterator[IntrospectionServer]:
    made = IntrospectionServer()
    with made.running():
        yield made
        made.endpoint_gate.set()


@pytest.fixture
def issuer(server: IntrospectionServer, time: TestClock) -> TestIssuer:
    made = server.issuer(clock=time)
    server.publish(made)
    return made


@pytest.fixture
def gate(server: IntrospectionServer, time: TestClock) -> Gate:
    return Gate(trust=server.url, audience=SHOP, client=ClientSecret("shop", SECRET), clock=time)


@pytest.fixture
def token(server: IntrospectionServer, issuer: TestIssuer) -> str:
    """A token that the issuer stands by."""
    made = issuer.token(audience=SHOP)
    server.stand_by(made)
    return made


async def code(gate: Gate, token: str, requirement: Requirement = LIVE) -> str:
    """How a request with the token ends: the code of the refusal, or "accepted"."""
    try:
        await gate.admit(request("GET", bearer(token)), requirement)
    except GatepassError as error:
        return error.code
    return "accepted"


async def test_the_issuer_is_asked_at_every_request(gate: Gate, server: IntrospectionServer, token: str) -> None:
    """Nothing is remembered: that is the point."""
    for _ in range(3):
        assert await code(gate, token) == "accepted"
    assert [asked["token"] for asked in server.questions] == [[token]] * 3
    server.answers.clear()
    assert await code(gate, token) == "token_revoked"
    assert gate.metrics().introspections == 4


async def test_the_issuer_is_asked_about_a_token_that_came_in_a_message(
    gate: Gate, server: IntrospectionServer, token: str
) -> None:
    assert (await gate.identify(token, live=True)).subject
    server.answers.clear()
    assert (await gate.identify(token)).subject
    with pytest.raises(TokenRefused, match="token_revoked"):
        await gate.identify(token, live=True)
    assert [asked["token"] for asked in server.questions] == [[token]] * 2


async def test_other_routes_ask_nobody(gate: Gate, server: IntrospectionServer, token: str) -> None:
    assert await code(gate, token, Requirement()) == "accepted"
    assert server.questions == []


async def test_what_is_refused_here_asks_nobody(
    gate: Gate, server: IntrospectionServer, issuer: TestIssuer, time: TestClock
) -> None:
    """Strangers cannot make us ask, and what would be refused in any case needs no answer."""
    stranger = server.issuer(clock=time)
    refused = {
        issuer.token(audience=SHOP, lifetime=-1): "token_expired",
        issuer.token(audience="https://other.example.com"): "wrong_audience",
        stranger.token(audience=SHOP): "unknown_key",
        "a.b.c": "malformed_token",
    }
    for token, reason in refused.items():
        assert await code(gate, token) == reason
    pay = Requirement.of(live=True, scope="pay")
    assert await code(gate, issuer.token(audience=SHOP), pay) == "insufficient_scope"
    program = issuer.token(audience=SHOP, subject="robot", client_id="robot")
    assert await code(gate, program) == "person_required"
    assert server.questions == []


async def test_names_and_secrets_with_any_characters_reach_the_issuer(
    server: IntrospectionServer, token: str, time: TestClock
) -> None:
    """Both are form-encoded before they are put together (RFC 6749 section 2.3.1)."""
    server.client = ("shop:1 +%", "päss:word&= \u2028")
    client = ClientSecret(server.client[0], Secret(server.client[1]))
    gate = Gate(trust=server.url, audience=SHOP, client=client, clock=time)
    assert await code(gate, token) == "accepted"


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": "somebody-else"},
        {"sub": None},
        {"exp": 1_900_000_000},
        {"exp": None},
        {"iss": "https://evil.test"},
    ],
)
async def test_an_answer_about_another_token_is_none(
    gate: Gate, server: IntrospectionServer, token: str, changed: dict[str, Any]
) -> None:
    """A cache between us and the issuer, or a mix-up there, lets nobody in."""
    server.stand_by(token, **changed)
    assert await code(gate, token) == "status_unknown"


async def test_an_issuer_need_not_repeat_its_name(gate: Gate, server: IntrospectionServer, token: str) -> None:
    server.stand_by(token, iss=None)
    assert await code(gate, token) == "accepted"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"{}"),
        (200, b"<html>"),
        (200, b'{"active":"true"}'),
        (200, b'{"active":1}'),
        (200, b'{"active":null}'),
        (200, b'[{"active":true}]'),
        (200, b'{"active":false,"active":true}'),
        (200, b'{"active":true,"sub":7}'),
        (200, b'{"active":true' + b" " * 70_000 + b"}"),
        (200, b"[" * 10_000),
        (203, b'{"active":true}'),
        (204, b""),
        (302, b'{"active":true}'),
        (304, b""),
        (401, b'{"active":true}'),
        (403, b'{"active":true}'),
        (500, b'{"active":true}'),
    ],
)
async def test_an_answer_that_cannot_be_read_lets_nobody_in(
    gate: Gate, server: IntrospectionServer, token: str, status: int, body: bytes
) -> None:
    """Nor does it sign anybody out: that would be a 401."""
    server.said = status, body
    assert await code(gate, token) == "status_unknown"
    assert gate.metrics().introspection_failures == 1


async def test_an_issuer_that_is_away_is_a_503(
    gate: Gate, server: IntrospectionServer, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.reachable = False
    sent = request("GET", bearer(token))
    with caplog.at_level(logging.WARNING, "gatepass.gate"), pytest.raises(StatusUnknown) as caught:
        await gate.admit(sent, LIVE)
    answer = gate.answer(caught.value, sent)
    assert answer.status == 503
    assert "retry-after" in dict(answer.headers)
    assert server.url in caplog.text
    assert token not in caplog.text
    assert SECRET not in caplog.text
    server.reachable = True
    assert await code(gate, token) == "accepted"


async def test_a_wrong_secret_is_the_operators_matter(
    server: IntrospectionServer, token: str, time: TestClock, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate(trust=server.url, audience=SHOP, client=ClientSecret("shop", "another"), clock=time)
    with caplog.at_level(logging.WARNING, "gatepass.gate"):
        assert await code(gate, token) == "status_unknown"
    assert "secret is another" in caplog.text


@pytest.mark.parametrize(
    "metadata",
    [
        {"introspection_endpoint": None},
        {"introspection_endpoint": "http://introspect.example.com/"},
        {"introspection_endpoint": "ftp://127.0.0.1/"},
        {"introspection_endpoint": 7},
    ],
)
async def test_the_secret_goes_nowhere_but_to_an_endpoint_of_the_issuer(
    gate: Gate, server: IntrospectionServer, token: str, metadata: dict[str, Any]
) -> None:
    assert await code(gate, token, Requirement()) == "accepted"
    server.metadata.update(metadata)
    assert await code(gate, token) == "status_unknown"
    assert server.questions == []


async def test_an_endpoint_in_the_metadata_of_somebody_else_is_not_asked(
    gate: Gate, server: IntrospectionServer, token: str
) -> None:
    assert await code(gate, token, Requirement()) == "accepted"
    server.metadata["issuer"] = "https://evil.test"
    assert await code(gate, token) == "status_unknown"
    assert server.questions == []


async def test_questions_that_wait_are_bounded_in_number_and_time(
    gate: Gate, server: IntrospectionServer, token: str
) -> None:
    """An issuer that hangs holds up a few requests for a few seconds, and no other fetch."""
    server.endpoint_gate.clear()
    begun = monotonic()
    waiting = [asyncio.create_task(code(gate, token)) for _ in range(MAX_ASKING)]
    await asyncio.to_thread(all_arrived, server)
    turned_away = await asyncio.gather(*(code(gate, token) for _ in range(100)))
    assert monotonic() - begun < DEADLINE
    assert set(turned_away) == {"status_unknown"}
    server.endpoint_gate.set()
    assert set(await asyncio.gather(*waiting)) == {"accepted"}
    assert await code(gate, token) == "accepted"


async def test_one_who_leaves_frees_the_place(gate: Gate, server: IntrospectionServer, token: str) -> None:
    server.endpoint_gate.clear()
    leaving = [asyncio.create_task(code(gate, token)) for _ in range(MAX_ASKING)]
    await asyncio.to_thread(all_arrived, server)
    for task in leaving:
        task.cancel()
    server.endpoint_gate.set()
    await asyncio.gather(*leaving, return_exceptions=True)
    await asyncio.to_thread(no_questions_left)
    assert set(await asyncio.gather(*(code(gate, token) for _ in range(MAX_ASKING)))) == {"accepted"}


def all_arrived(server: IntrospectionServer) -> None:
    for _ in range(MAX_ASKING):
        assert server.arrived.acquire(timeout=10)


def no_questions_left() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("gatepass"):
            thread.join(10)


def test_any_event_loop_may_ask(gate: Gate, server: IntrospectionServer, token: str) -> None:
    assert asyncio.run(code(gate, token)) == asyncio.run(code(gate, token)) == "accepted"


def test_live_needs_somebody_to_ask(server: KeyServer, time: TestClock) -> None:
    """The text says what is missing."""
    alone = Gate(trust=server.url, audience=SHOP, clock=time)
    with pytest.raises(Misuse, match="ClientSecret"):
        alone.requirement(live=True)


def test_live_is_possible_with_a_client(gate: Gate) -> None:
    assert gate.requirement(live=True).live


@pytest.mark.parametrize(
    "trust",
    [
        ["https://a.example.com", "https://b.example.com"],
        Issuer("https://a.example.com", TestIssuer().keys),
        TestIssuer(),
    ],
)
def test_a_secret_is_shown_to_one_issuer_only(trust: Any) -> None:
    """With two of them, each would learn what proves us to the other."""
    with pytest.raises(Misuse, match="client="):
        Gate(trust=trust, audience=SHOP, client=ClientSecret("shop", SECRET))


@pytest.mark.parametrize("client", ["shop:secret", ("shop", "secret"), Secret("secret"), 7])
def test_a_client_is_a_client_secret(client: Any) -> None:
    with pytest.raises(Misuse, match="client="):
        Gate(trust="https://id.example.com", audience=SHOP, client=client)


@pytest.mark.parametrize(("name", "secret"), [("", "x"), (None, "x"), (7, "x"), ("shop", ""), ("shop", None), ("a", 7)])
def test_a_client_secret_has_both(name: Any, secret: Any) -> None:
    with pytest.raises(Misuse):
        ClientSecret(name, secret)


def test_a_client_secret_does_not_show_itself() -> None:
    client = ClientSecret("shop", SECRET)
    gate = Gate(trust="https://id.example.com", audience=SHOP, client=client)
    shown = " ".join([repr(client), str(client), f"{client}", repr([client]), repr(gate), repr(vars(gate))])
    assert "shop" in shown
    assert SECRET not in shown
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(Misuse):
            leak(client)


async def test_introspection_does_not_replace_the_keys(gate: Gate, server: IntrospectionServer, token: str) -> None:
    """A token that the issuer calls good and did not sign is still nobody's."""
    head, payload, _ = token.split(".")
    forged = f"{head}.{payload}.{'A' * 86}"
    server.answers[forged] = server.answers[token]
    assert await code(gate, forged) == "bad_signature"
    assert server.questions == []
