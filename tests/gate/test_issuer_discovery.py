"""Keys of an issuer that is known by its URL, over real sockets."""

import asyncio
import logging
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import trustme

from gatepass.fetch.threads import MAX_THREADS, in_thread
from gatepass.gate import Gate, Identity
from gatepass.gate.errors import KeysUnavailable
from gatepass.gate.keys import NEW_KEY_BURST, NEW_KEY_EVERY, RETRY, REVALIDATE, SLEPT, STALE
from gatepass.jose import Key, Signer, TokenRefused
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, KeyServer, TestClock, bearer, request


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with KeyServer().running() as running:
        yield running


@pytest.fixture
def issuer(server: KeyServer, time: TestClock) -> TestIssuer:
    """An issuer whose key is published."""
    made = server.issuer(clock=time)
    server.publish(made)
    return made


async def enter(gate: Gate, issuer: TestIssuer, **claims: Any) -> Identity:
    """Show a fresh token of `issuer`."""
    return await gate.admit(request("GET", bearer(issuer.token(audience=SHOP, **claims))))


async def settled(gate: Gate) -> None:
    """Wait for a fetch that goes on in the background."""
    for source in gate._sources:
        await source.refresh(gate._clock())


async def test_keys_are_found_by_the_metadata_and_fetched_once(
    gate: Gate, issuer: TestIssuer, server: KeyServer
) -> None:
    for _ in range(5):
        assert (await enter(gate, issuer)).issuer == server.url
    assert server.asked == ["/.well-known/oauth-authorization-server", "/keys"]


async def test_nothing_is_fetched_before_the_first_token(gate: Gate, server: KeyServer) -> None:
    with pytest.raises(Exception, match="credential_required"):
        await gate.admit(request())
    assert server.asked == []


async def test_the_metadata_of_openid_providers_is_found_as_well(server: KeyServer, time: TestClock) -> None:
    name = f"{server.url}/realms/shop"
    issuer = TestIssuer(name, clock=time)
    server.publish(issuer)
    server.documents = {
        "/realms/shop/.well-known/openid-configuration": {"issuer": name, "jwks_uri": f"{server.url}/keys"},
        "/keys": server.documents["/keys"],
    }
    assert await enter(Gate(trust=name, audience=SHOP, clock=time), issuer)
    assert server.asked[0] == "/.well-known/oauth-authorization-server/realms/shop"


@pytest.mark.parametrize("nonsense", [b"<html>", {"issuer": "https://a.test", "jwks_uri": "https://a.test/k"}])
async def test_a_page_in_place_of_the_first_metadata_does_not_hide_the_second(
    gate: Gate, issuer: TestIssuer, server: KeyServer, nonsense: object
) -> None:
    """Single-page apps answer every address with 200."""
    server.documents["/.well-known/openid-configuration"] = server.metadata
    server.documents["/.well-known/oauth-authorization-server"] = nonsense
    assert await enter(gate, issuer)


async def test_the_keys_of_an_https_issuer_come_over_https(
    server: KeyServer, time: TestClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can change a plain answer would choose the keys."""
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with KeyServer(tls).running() as secure:
        issuer = secure.issuer(clock=time)
        server.publish(issuer)
        secure.publish(issuer)
        secure.metadata["jwks_uri"] = f"{server.url}/keys"
        with pytest.raises(KeysUnavailable):
            await enter(Gate(trust=secure.url, audience=SHOP, clock=time), issuer)
        secure.metadata["jwks_uri"] = f"{secure.url}/keys"
        assert await enter(Gate(trust=secure.url, audience=SHOP, clock=time), issuer)
    assert server.asked == []


@pytest.mark.parametrize("status", [203, 404, 500])
async def test_keys_in_an_answer_that_is_not_200_are_none(
    gate: Gate, issuer: TestIssuer, server: KeyServer, status: int
) -> None:
    """An error page, or a proxy that changed the answer, must not choose the keys."""
    server.status = status
    with pytest.raises(KeysUnavailable):
        await enter(gate, issuer)


async def test_requests_that_come_together_share_one_fetch(gate: Gate, issuer: TestIssuer, server: KeyServer) -> None:
    server.gate.clear()
    crowd = [asyncio.create_task(enter(gate, issuer, subject=f"user-{number}")) for number in range(50)]
    await asyncio.to_thread(server.reached.wait, 10)
    server.gate.set()
    assert len({who.subject for who in await asyncio.gather(*crowd)}) == 50
    assert server.times_asked("/keys") == 1


async def test_one_who_leaves_does_not_take_the_fetch_along(gate: Gate, issuer: TestIssuer, server: KeyServer) -> None:
    server.gate.clear()
    leaves, stays = asyncio.create_task(enter(gate, issuer)), asyncio.create_task(enter(gate, issuer))
    await asyncio.to_thread(server.reached.wait, 10)
    leaves.cancel()
    server.gate.set()
    assert (await stays).subject == "test-user"
    assert server.times_asked("/keys") == 1


async def test_a_new_key_is_fetched_when_its_first_token_arrives(
    gate: Gate, issuer: TestIssuer, server: KeyServer
) -> None:
    await enter(gate, issuer)
    rotated = server.issuer(clock=issuer._clock)
    server.publish(issuer, rotated)
    assert await enter(gate, rotated)
    assert await enter(gate, issuer)
    assert server.times_asked("/keys") == 2


async def test_a_revoked_key_is_refused_within_the_minute(
    gate: Gate, issuer: TestIssuer, server: KeyServer, time: TestClock
) -> None:
    sent = request("GET", bearer(issuer.token(audience=SHOP, lifetime=STALE)))
    assert await gate.admit(sent)
    server.publish(server.issuer())
    time.move(REVALIDATE)
    server.reached.clear()
    await gate.admit(sent)
    assert await asyncio.to_thread(server.reached.wait, 10)
    await settled(gate)
    with pytest.raises(TokenRefused, match="unknown_key"):
        await gate.admit(sent)


async def test_a_gate_that_slept_does_not_accept_a_key_that_was_revoked_meanwhile(
    gate: Gate, issuer: TestIssuer, server: KeyServer, time: TestClock
) -> None:
    sent = request("GET", bearer(issuer.token(audience=SHOP, lifetime=STALE)))
    assert await gate.admit(sent)
    server.publish(server.issuer())
    time.move(SLEPT)
    with pytest.raises(TokenRefused, match="unknown_key"):
        await gate.admit(sent)


async def test_an_issuer_that_is_away_at_the_start_makes_the_gate_unavailable(
    gate: Gate, issuer: TestIssuer, server: KeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.down = True
    with caplog.at_level(logging.WARNING, "gatepass.gate"), pytest.raises(KeysUnavailable) as caught:
        await enter(gate, issuer)
    assert caught.value.status == 503
    assert server.url in caplog.text


async def test_an_issuer_that_goes_away_does_not_matter_for_an_hour(
    gate: Gate, issuer: TestIssuer, server: KeyServer, time: TestClock
) -> None:
    await enter(gate, issuer)
    server.down = True
    time.move(STALE - 1)
    assert await enter(gate, issuer)
    time.move(1)
    with pytest.raises(KeysUnavailable):
        await enter(gate, issuer)


async def test_the_gate_recovers_with_the_issuer(
    gate: Gate, issuer: TestIssuer, server: KeyServer, time: TestClock
) -> None:
    server.down = True
    with pytest.raises(KeysUnavailable):
        await enter(gate, issuer)
    server.down = False
    time.move(5)
    assert await enter(gate, issuer)


async def test_a_flood_of_invented_keys_does_not_reach_the_issuer_and_locks_nobody_out(
    gate: Gate, issuer: TestIssuer, server: KeyServer, time: TestClock
) -> None:
    await enter(gate, issuer)
    codes = [await refusal(gate, invented(server, number)) for number in range(100)]
    assert server.times_asked("/keys") == 1 + NEW_KEY_BURST
    assert set(codes) == {"unknown_key", "keys_unavailable"}
    assert await enter(gate, issuer)
    rotated = server.issuer(clock=time)
    server.publish(issuer, rotated)
    assert await refusal(gate, rotated.token(audience=SHOP)) == "keys_unavailable"
    time.move(NEW_KEY_EVERY)
    assert await enter(gate, rotated)


async def refusal(gate: Gate, token: str) -> str:
    with pytest.raises((TokenRefused, KeysUnavailable)) as caught:
        await gate.admit(request("GET", bearer(token)))
    return caught.value.code


def invented(server: KeyServer, number: int) -> str:
    """A token of nobody in the issuer's name, with a key id that nobody has heard of."""
    key = Key.from_secret(b"thirty-two bytes of no consequence", alg="HS256", kid=f"invented-{number}")
    return Signer(key, typ="at+jwt").sign({"iss": server.url, "sub": "x", "aud": SHOP, "exp": START + 99})


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.test"},
        {"issuer": "{url}/"},
        {"jwks_uri": None},
        {"jwks_uri": "http://keys.example.com/keys"},
        {"jwks_uri": "ftp://127.0.0.1/keys"},
        {"jwks_uri": "{url}/elsewhere"},
        {"jwks_uri": 7},
    ],
)
async def test_metadata_that_is_not_this_issuers_is_not_used(
    gate: Gate, issuer: TestIssuer, server: KeyServer, change: dict[str, Any]
) -> None:
    named = {k: v.format(url=server.url) if isinstance(v, str) else v for k, v in change.items()}
    server.metadata.update(named)
    with pytest.raises(KeysUnavailable):
        await enter(gate, issuer)


@pytest.mark.parametrize("document", [b"", b"{", b"[]", b"{}", b'{"keys":7}', b"\xff", b"[" * 100_000, b"x" * 300_000])
async def test_a_document_that_is_no_key_set_counts_as_no_answer(
    gate: Gate, issuer: TestIssuer, server: KeyServer, time: TestClock, document: bytes
) -> None:
    await enter(gate, issuer)
    server.documents["/keys"] = document
    time.move(SLEPT)
    assert await enter(gate, issuer)
    time.move(STALE)
    with pytest.raises(KeysUnavailable):
        await enter(gate, issuer)


async def test_a_published_secret_proves_nothing(gate: Gate, server: KeyServer) -> None:
    """Everybody can read it, so everybody could sign with it."""
    leaked, shared = Key.generate("ES256"), Key.generate("HS256")
    server.documents["/keys"] = {"keys": [leaked.jwk(private=True), shared.jwk(private=True), "?"]}
    for key in (leaked, shared):
        claims = {"iss": server.url, "sub": "x", "aud": SHOP, "exp": START + 99}
        assert await refusal(gate, Signer(key, typ="at+jwt").sign(claims)) == "unknown_key"


async def test_an_issuer_moves_its_keys(gate: Gate, issuer: TestIssuer, server: KeyServer, time: TestClock) -> None:
    await enter(gate, issuer)
    server.documents["/new"] = server.documents.pop("/keys")
    server.metadata["jwks_uri"] = f"{server.url}/new"
    time.move(SLEPT)
    assert await enter(gate, issuer)
    time.move(SLEPT)
    assert await enter(gate, issuer)
    assert server.times_asked("/new") == 1


def test_one_gate_serves_one_event_loop_after_another(gate: Gate, issuer: TestIssuer, server: KeyServer) -> None:
    """As test suites and command lines do it."""
    assert asyncio.run(enter(gate, issuer)).subject == asyncio.run(enter(gate, issuer)).subject
    assert server.times_asked("/keys") == 1


async def test_a_process_that_fetches_too_much_already_is_unavailable_and_recovers(
    gate: Gate, issuer: TestIssuer, time: TestClock
) -> None:
    done = Event()
    busy = [in_thread(done.wait) for _ in range(MAX_THREADS)]
    with pytest.raises(KeysUnavailable):
        await enter(gate, issuer)
    done.set()
    assert all(thread.result() for thread in busy)
    await no_threads_left()
    time.move(RETRY)
    assert await enter(gate, issuer)


async def no_threads_left() -> None:
    """A thread's result is there a moment before the thread is gone."""
    for thread in threading.enumerate():
        if thread.name.startswith("gatepass"):
            await asyncio.to_thread(thread.join, 10)
