"""Tokens that were taken back: a gate learns of them from the issuer's status lists, over real sockets."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import pytest

from gatepass.gate import Gate, Identity, Issuer
from gatepass.gate.errors import StatusUnknown
from gatepass.gate.status import MAX_LISTS, POLL, RETRY, SERVES, UNUSED
from gatepass.gate.status_source import WAIT
from gatepass.http.view import RequestView
from gatepass.jose import Key, KeySet, TokenRefused
from gatepass.kernel.clock import monotonic
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, TestClock, bearer, code, request, showing
from tests.support.status_lists import ListServer

FAIL_OPEN = 60


@pytest.fixture
def sent(server: ListServer, issuer: TestIssuer) -> RequestView:
    """A request with the token at index 1."""
    return showing(server.token(issuer))


async def landed(gate: Gate) -> None:
    """Wait for fetches that go on in the background."""
    for lists in gate._lists:
        for source in lists._lists.values():
            flight = source._flight._under_way  # type: ignore[attr-defined]
            if flight is not None:
                await asyncio.wrap_future(flight)


async def test_a_token_in_a_list_is_accepted_until_its_bit_is_set(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    assert await gate.admit(sent)
    server.publish_list(issuer, 1, iat=START + 1)
    time.move(SERVES)
    assert await code(gate, sent) == "token_revoked"
    other = showing(server.token(issuer, 2))
    assert await gate.admit(other)


async def test_a_revoked_token_is_answered_with_401(gate: Gate, server: ListServer, issuer: TestIssuer) -> None:
    server.publish_list(issuer, 1)
    with pytest.raises(TokenRefused, match="token_revoked") as caught:
        await gate.admit(showing(server.token(issuer)))
    assert gate.answer(caught.value, request()).status == 401


async def test_a_token_without_a_status_needs_no_list(gate: Gate, server: ListServer, issuer: TestIssuer) -> None:
    assert await gate.admit(request("GET", bearer(issuer.token(audience=SHOP))))
    assert server.lists_asked() == 0


async def test_requests_within_the_ttl_ask_nobody(
    gate: Gate, server: ListServer, sent: RequestView, time: TestClock
) -> None:
    for _ in range(100):
        assert await gate.admit(sent)
    assert server.lists_asked() == 1
    assert gate.metrics().remembered >= 99
    time.move(POLL * 0.79)
    assert await gate.admit(sent)
    await landed(gate)
    assert server.lists_asked() == 1


async def test_a_list_is_asked_for_again_after_its_ttl_while_requests_are_served(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    """No request waits: the list serves half a second longer than a poll takes to become due."""
    await gate.admit(sent)
    server.publish_list(issuer, 1, iat=START + 1)
    server.lists_gate.clear()
    time.move(POLL)
    assert await gate.admit(sent)
    server.lists_gate.set()
    await landed(gate)
    assert await code(gate, sent) == "token_revoked"
    assert server.lists_asked() == 2


async def test_a_shorter_ttl_is_kept_and_a_longer_one_is_not_waited_for(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    for name, ttl in (("short", 1), ("long", 86_400)):
        server.publish_list(issuer, name=name, ttl=ttl)
        assert await gate.admit(request("GET", bearer(server.token(issuer, uri=server.uri(name)))))
    for moved, asked in ((1, (2, 1)), (4, (3, 2))):
        time.move(moved)
        for name in ("short", "long"):
            await gate.admit(request("GET", bearer(server.token(issuer, uri=server.uri(name)))))
        await landed(gate)
        assert (server.lists_asked("short"), server.lists_asked("long")) == asked


@pytest.mark.parametrize("idle", [SERVES, 59, 3_600, 80_000])
async def test_a_gate_that_was_idle_does_not_accept_on_an_old_list(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock, idle: float
) -> None:
    """However long nobody came: the first request waits for the fresh list."""
    await gate.admit(sent)
    server.publish_list(issuer, 1, iat=START + 1)
    time.move(idle)
    assert await code(gate, sent) == "token_revoked"


async def test_the_bound_a_list_older_than_five_and_a_half_seconds_never_serves_while_the_issuer_answers(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    """Whatever the moments at which requests come."""
    for pause in [0.1, 3.9, 5.4, 5.5, 0.0, 6.0, 4.1, 5.2, 100.0] * 3:
        time.move(pause)
        await gate.admit(sent)
        assert gate.metrics().status_ages[server.uri()] < SERVES
        await landed(gate)


async def test_first_tokens_of_a_list_share_one_fetch(gate: Gate, server: ListServer, issuer: TestIssuer) -> None:
    server.lists_gate.clear()
    crowd = [
        asyncio.create_task(gate.admit(request("GET", bearer(server.token(issuer, number))))) for number in range(50)
    ]
    await asyncio.to_thread(server.lists_reached.wait, 10)
    server.lists_gate.set()
    assert len(await asyncio.gather(*crowd)) == 50
    assert server.lists_asked() == 1


async def test_one_who_leaves_does_not_take_the_fetch_along(gate: Gate, server: ListServer, sent: RequestView) -> None:
    server.lists_gate.clear()
    leaves, stays = asyncio.create_task(gate.admit(sent)), asyncio.create_task(gate.admit(sent))
    await asyncio.to_thread(server.lists_reached.wait, 10)
    leaves.cancel()
    server.lists_gate.set()
    assert await stays
    assert server.lists_asked() == 1


async def test_a_list_that_cannot_be_fetched_is_a_503_and_never_a_401(
    gate: Gate, server: ListServer, sent: RequestView
) -> None:
    """A 401 would make every client sign its person out."""
    server.lists_down = True
    with pytest.raises(StatusUnknown) as caught:
        await gate.admit(sent)
    answer = gate.answer(caught.value, sent)
    assert answer.status == 503
    assert ("retry-after", "2") in answer.headers


async def test_while_the_issuer_is_away_the_last_list_serves_for_a_minute(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    server.publish_list(issuer, 7)
    await gate.admit(sent)
    server.lists_down = True
    time.move(FAIL_OPEN - 1)
    assert await gate.admit(sent)
    assert gate.metrics().stale_status == 1
    assert await code(gate, showing(server.token(issuer, 7))) == "token_revoked"
    time.move(1)
    assert await code(gate, sent) == "status_unknown"


@pytest.mark.parametrize(("setting", "seconds"), [("5m", 300), (90, 90), ("10s", 10)])
async def test_how_long_it_serves_is_a_setting(
    server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock, setting: str | int, seconds: int
) -> None:
    gate = Gate(trust=server.url, audience=SHOP, clock=time, fail_open_for=setting)
    await gate.admit(sent)
    server.lists_down = True
    time.move(seconds - 1)
    assert await gate.admit(sent)
    time.move(1)
    assert await code(gate, sent) == "status_unknown"


async def test_zero_means_that_nothing_old_serves(
    server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    gate = Gate(trust=server.url, audience=SHOP, clock=time, fail_open_for=0)
    await gate.admit(sent)
    server.lists_down = True
    time.move(SERVES)
    assert await code(gate, sent) == "status_unknown"


@pytest.mark.parametrize("nonsense", ["soon", -1, 1.5, None, True])
def test_a_duration_that_is_none_is_refused_at_the_start(nonsense: Any) -> None:
    with pytest.raises(Misuse):
        Gate(trust="https://id.example.com", audience=SHOP, fail_open_for=nonsense)


async def test_the_gate_recovers_with_the_issuer(
    gate: Gate, server: ListServer, sent: RequestView, time: TestClock
) -> None:
    server.lists_down = True
    assert await code(gate, sent) == "status_unknown"
    assert await code(gate, sent) == "status_unknown"
    assert server.lists_asked() == 1
    server.lists_down = False
    time.move(RETRY)
    assert await gate.admit(sent)


async def test_requests_do_not_pile_up_behind_an_issuer_that_hangs(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    """Those of the first two seconds wait for it; after that nobody does until an answer has come."""
    server.lists_gate.clear()
    begun = monotonic()
    codes = await asyncio.gather(*(code(gate, sent) for _ in range(20)))
    first = monotonic() - begun
    for _ in range(50):
        assert await code(gate, sent) == "status_unknown"
    assert set(codes) == {"status_unknown"}
    assert WAIT * 0.9 < first < WAIT + 2
    assert monotonic() - begun < first + 1
    assert server.lists_asked() == 1
    server.lists_gate.set()
    await landed(gate)
    assert await gate.admit(sent)


async def test_an_idle_gate_whose_issuer_hangs_serves_the_last_list_after_one_wait(
    gate: Gate, server: ListServer, sent: RequestView, time: TestClock
) -> None:
    await gate.admit(sent)
    server.lists_gate.clear()
    time.move(FAIL_OPEN - 5)
    begun = monotonic()
    for _ in range(20):
        assert await gate.admit(sent)
    assert monotonic() - begun < WAIT + 1
    assert gate.metrics().stale_status == 20


async def test_a_clock_that_was_set_back_makes_no_list_look_fresh(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    await gate.admit(sent)
    time.move(-3_000)
    server.publish_list(issuer, 1, iat=time())
    assert await code(gate, sent) == "token_revoked"
    assert server.lists_asked() == 2


async def test_the_number_of_lists_is_bounded_and_unused_ones_make_room(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    async def enter(number: int) -> Identity:
        name = f"n{number}"
        server.publish_list(issuer, name=name)
        return await gate.admit(request("GET", bearer(server.token(issuer, uri=server.uri(name)))))

    for number in range(MAX_LISTS):
        assert await enter(number)
    with pytest.raises(StatusUnknown):
        await enter(MAX_LISTS)
    time.move(UNUSED)
    assert await enter(MAX_LISTS)
    assert len(gate.metrics().status_ages) == 1


def test_one_gate_serves_many_event_loops_in_many_threads(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """Half of the tokens are revoked, and every answer is right."""
    server.publish_list(issuer, *range(0, 200, 2))
    views = [request("GET", bearer(server.token(issuer, number))) for number in range(200)]

    async def all_of(part: int) -> list[int]:
        accepted = []
        for number in range(part, 200, 8):
            try:
                await gate.admit(views[number])
                accepted.append(number)
            except TokenRefused:
                pass
        return accepted

    with ThreadPoolExecutor(8) as pool:
        accepted = pool.map(lambda part: asyncio.run(all_of(part)), range(8))
    assert sorted(chain.from_iterable(accepted)) == list(range(1, 200, 2))
    assert server.lists_asked() <= 2  # a thread may come to ask in the moment in which the answer arrives
    metrics = gate.metrics()
    assert (metrics.accepted, metrics.refused) == (100, {"token_revoked": 100})


def test_one_gate_serves_one_event_loop_after_another(gate: Gate, server: ListServer, sent: RequestView) -> None:
    """Also when a loop is closed while its fetch goes on."""
    server.lists_gate.clear()

    async def leave() -> None:
        task = asyncio.create_task(gate.admit(sent))
        await asyncio.to_thread(server.lists_reached.wait, 10)
        task.cancel()

    asyncio.run(leave())
    server.lists_gate.set()
    assert asyncio.run(gate.admit(sent))
    assert server.lists_asked() == 1


async def test_keys_that_were_given_verify_lists_too(server: ListServer, issuer: TestIssuer, time: TestClock) -> None:
    keys = KeySet.from_jwks(issuer.keys.jwks())
    for gate in (
        Gate(trust=Issuer(server.url, keys), audience=SHOP, clock=time),
        Gate(trust=keys, issuer=server.url, audience=SHOP, clock=time),
    ):
        server.publish_list(issuer, 1)
        assert await code(gate, showing(server.token(issuer))) == "token_revoked"
        assert await gate.admit(showing(server.token(issuer, 2)))


async def test_of_keys_and_a_secret_that_were_given_the_keys_alone_verify_lists(
    server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """Whoever shares the secret could else bring back those who were signed out."""
    shared = Key.from_secret(Secret("thirty-two bytes that are shared"), alg="HS256")
    gate = Gate(trust=KeySet([*issuer.keys, shared]), issuer=server.url, audience=SHOP, clock=time)
    sent = showing(server.token(issuer))
    server.publish_list(issuer, 1)
    assert await code(gate, sent) == "token_revoked"
    time.move(SERVES)
    server.publish_list(shared)
    assert await code(gate, sent) == "token_revoked"
    assert gate.metrics().status_failures == 1


def test_no_thread_goes_on_when_nobody_asks(gate: Gate, sent: RequestView) -> None:
    assert asyncio.run(gate.admit(sent))
    for thread in threading.enumerate():
        if thread.name.startswith("gatepass"):
            thread.join(10)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("gatepass")]
