"""What somebody between gate and issuer, or an issuer that errs, can put in place of a status list."""

import zlib
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

import pytest

from gatepass.gate import Gate
from gatepass.gate.status import MAX_NAME, SERVES
from gatepass.gate.status_source import WAIT
from gatepass.jose import Key, Signer, base64url
from gatepass.kernel.clock import monotonic
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, TestClock, code, showing
from tests.support.status_attacks import ATTACKS, Attack
from tests.support.status_lists import SIZE, ListServer


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.test/status/1",
        "{url}.evil.test/status/1",
        "{url}@evil.test/status/1",
        "{url}/status/",
        "{url}/status",
        "{url}/statuses/1",
        "{url}/keys",
        "{url}//status/1",
        "{url}/status//1",
        "{url}/status/1/",
        "{url}/status/../keys",
        "{url}/status/%2e%2e/keys",
        "{url}/status/..%2fkeys",
        "{url}/status/.",
        "{url}/status/.hidden",
        "{url}/status/1?then=x",
        "{url}/status/1#x",
        "{url}/status/1\\..",
        "{url}/status/1\r\nX: y",
        "{url}/status/1\n",
        "{url}/status/ü",
        "{url}/status/" + "a" * (MAX_NAME + 1),
        "HTTP://127.0.0.1/status/1",
        "file:///etc/passwd",
        "",
    ],
)
async def test_a_list_elsewhere_is_a_bad_claim_and_never_fetched(
    gate: Gate, server: ListServer, issuer: TestIssuer, uri: str
) -> None:
    token = server.token(issuer, uri=uri.format(url=server.url))
    assert await code(gate, showing(token)) == "bad_claim"
    assert server.lists_asked() == 0
    assert [path for path in server.asked if "status" in path] == []


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"status_list": {}},
        {"status_list": {"idx": 1}},
        {"status_list": {"uri": "{uri}"}},
        {"status_list": [1, "{uri}"]},
        {"status_list": {"idx": 1, "uri": 7}},
        {"other_mechanism": {"idx": 1, "uri": "{uri}"}},
        [],
        "valid",
        0,
        *({"status_list": {"idx": idx, "uri": "{uri}"}} for idx in (-1, 2**53, 2**70, True, "1", 1.5, None, [1])),
    ],
)
async def test_a_status_that_cannot_be_read_is_a_bad_claim(
    gate: Gate, server: ListServer, issuer: TestIssuer, status: Any
) -> None:
    """What says that a token may be taken back, and not where to learn it, is not believed."""
    if isinstance(status, dict) and isinstance(status.get("status_list"), dict) and "uri" in status["status_list"]:
        place = status["status_list"]
        status = {"status_list": {**place, "uri": server.uri() if place["uri"] == "{uri}" else place["uri"]}}
    assert await code(gate, showing(issuer.token(audience=SHOP, status=status))) == "bad_claim"
    assert server.lists_asked() == 0


@pytest.mark.parametrize("idx", [SIZE, SIZE + 7, 2**53 - 1])
async def test_an_index_outside_of_the_list_is_a_bad_claim(
    gate: Gate, server: ListServer, issuer: TestIssuer, idx: int
) -> None:
    assert await code(gate, showing(server.token(issuer, idx))) == "bad_claim"
    assert await code(gate, showing(server.token(issuer, SIZE - 1))) == "accepted"


async def test_a_claim_of_that_name_in_tokens_of_another_profile_is_theirs(
    server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    gate = Gate(trust=server.url, audience=SHOP, typ="JWT", clock=time)
    assert await code(gate, showing(issuer.token(audience=SHOP, typ="JWT", status="active"))) == "accepted"
    server.publish_list(issuer, 1)
    listed = {"status_list": {"idx": 1, "uri": server.uri()}}
    assert await code(gate, showing(issuer.token(audience=SHOP, typ="JWT", status=listed))) == "token_revoked"
    assert await code(gate, showing(issuer.token(audience=SHOP, typ="JWT", status={"a": 1}))) == "bad_claim"


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_what_the_issuer_did_not_sign_as_this_list_is_no_list(
    gate: Gate, server: ListServer, issuer: TestIssuer, attack: Attack
) -> None:
    """Neither is the token accepted, nor is its person signed out."""
    attack(server, issuer)
    assert await code(gate, showing(server.token(issuer))) == "status_unknown"
    assert gate.metrics().status_failures == 1
    assert "/status/2" not in server.asked


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_it_does_not_take_the_place_of_the_list_that_is_held(
    gate: Gate,
    server: ListServer,
    issuer: TestIssuer,
    time: TestClock,
    attack: Attack,
) -> None:
    server.publish_list(issuer, 1)
    server.etags = False
    assert await code(gate, showing(server.token(issuer, 2))) == "accepted"
    attack(server, issuer)
    time.move(SERVES)
    assert await code(gate, showing(server.token(issuer, 1))) == "token_revoked"
    assert gate.metrics().status_failures == 1


async def test_an_older_list_played_back_brings_nobody_back(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """Whoever sits between could otherwise undo a sign-out, with a token that the issuer did sign."""
    server.publish_list(issuer, iat=START - 10)
    old = server.lists["/status/1"]
    server.publish_list(issuer, 1)
    revoked = showing(server.token(issuer))
    assert await code(gate, revoked) == "token_revoked"
    server.lists["/status/1"] = old
    for _ in range(20):
        time.move(SERVES)
        assert await code(gate, revoked) in ("token_revoked", "status_unknown")
    assert await code(gate, revoked) == "status_unknown"


async def test_nodes_of_an_issuer_need_not_sign_the_same_list_in_the_same_second(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """An older list that says the same undoes nothing. What it does not say does not pass for it."""
    server.etags = False
    server.publish_list(issuer, 1)
    assert await code(gate, showing(server.token(issuer, 2))) == "accepted"
    for at in (-900, -10, -900):
        server.publish_list(issuer, 1, iat=START + at)
        time.move(SERVES)
        assert await code(gate, showing(server.token(issuer, 2))) == "accepted"
    assert gate.metrics().status_failures == 0
    server.publish_list(issuer, iat=START - 5)
    time.move(SERVES)
    assert await code(gate, showing(server.token(issuer))) == "token_revoked"
    assert gate.metrics().status_failures == 1


async def test_a_list_of_the_same_second_is_newer_if_it_comes_later(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    sent = showing(server.token(issuer))
    assert await code(gate, sent) == "accepted"
    server.publish_list(issuer, 1)
    time.move(SERVES)
    assert await code(gate, sent) == "token_revoked"


async def test_not_modified_does_not_make_a_list_good_for_longer_than_it_says(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """Whoever sits between could otherwise keep a list alive for ever."""
    server.publish_list(issuer, exp=START + 300)
    server.always_304 = False
    sent = showing(server.token(issuer))
    assert await code(gate, sent) == "accepted"
    server.always_304 = True
    codes = []
    for _ in range(60):
        time.move(5)
        codes.append(await code(gate, sent))
    assert codes[:40] == ["accepted"] * 40
    assert codes[-1] == "status_unknown"


async def test_a_list_that_has_expired_serves_nobody_however_lately_it_was_asked_for(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """Its own end comes before the ttl, and before `fail_open_for`: 503, whether the issuer says 304 or nothing."""
    server.publish_list(issuer, exp=START + 3)
    sent = showing(server.token(issuer))
    assert await code(gate, sent) == "accepted"
    time.move(2)
    assert await code(gate, sent) == "accepted"
    time.move(1)
    server.always_304 = True
    assert await code(gate, sent) == "status_unknown"
    server.lists_down = True
    time.move(3)
    assert await code(gate, sent) == "status_unknown"


async def test_a_list_is_fetched_whole_before_it_expires(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """Else it could not serve while the issuer is away: the ETag stays the same while nothing changes."""
    server.publish_list(issuer, exp=START + 300)
    sent = showing(server.token(issuer))
    for _ in range(50):
        assert await code(gate, sent) == "accepted"
        time.move(SERVES)
    assert server.conditions[0] is None
    assert all(server.conditions[1:40])
    assert server.conditions[-1] is None


async def test_a_strange_etag_is_not_sent_back(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """It is the text of a stranger in a request of ours."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        content = server.lists["/status/1"]
        handler.send_response(200)
        handler.send_header("ETag", 'no quotes, \x7f and " more')
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    server.behave = answer
    for _ in range(3):
        assert await code(gate, showing(server.token(issuer))) == "accepted"
        time.move(SERVES)
    assert server.conditions == [None] * 3


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
async def test_every_status_but_valid_is_refused(gate: Gate, server: ListServer, issuer: TestIssuer, bits: int) -> None:
    """INVALID, SUSPENDED and whatever an issuer makes up (section 7.1): none of them says that the token is good."""
    statuses = [0, 1, 0, min(2, 2**bits - 1), 0, 2**bits - 1, 0, 0]
    octets = bytearray(len(statuses) * bits // 8)
    for at, status in enumerate(statuses):
        octets[at * bits // 8] |= status << at * bits % 8
    lst = base64url.encode(zlib.compress(bytes(octets)))
    server.publish_list(issuer, status_list={"bits": bits, "lst": lst})
    found = [await code(gate, showing(server.token(issuer, at))) for at in range(len(statuses))]
    assert found == ["token_revoked" if status else "accepted" for status in statuses]
    assert await code(gate, showing(server.token(issuer, len(statuses)))) == "bad_claim"


async def test_the_signer_of_a_list_may_be_a_new_key(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """Its keys are asked for once more."""
    sent = showing(server.token(issuer))
    assert await code(gate, sent) == "accepted"
    rotated = server.issuer(clock=time)
    server.publish(issuer, rotated)
    server.publish_list(rotated, 1, iat=START + 1)
    time.move(SERVES)
    assert await code(gate, sent) == "token_revoked"
    assert server.times_asked("/keys") == 2


async def test_a_list_of_a_revoked_key_is_not_believed_any_more(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """Not even where the issuer says that nothing has changed: the list itself is asked for."""
    second = server.issuer(clock=time)
    server.publish(issuer, second)
    sent = showing(server.token(second))
    assert await code(gate, sent) == "accepted"
    server.publish(second)
    for _ in range(40):
        time.move(5)
        await code(gate, sent)
    assert await code(gate, sent) == "status_unknown"
    server.publish_list(second)
    time.move(5)
    assert await code(gate, sent) == "accepted"


async def test_another_issuers_tokens_cannot_name_our_lists(
    server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """Nor ours theirs: each issuer speaks of its own tokens only."""
    other = ListServer()
    with other.running():
        theirs = other.issuer(clock=time)
        other.publish(theirs)
        other.publish_list(theirs)
        gate = Gate(trust=[server.url, other.url], audience=SHOP, clock=time)
        assert await code(gate, showing(other.token(theirs))) == "accepted"
        assert await code(gate, showing(other.token(theirs, uri=server.uri()))) == "bad_claim"
        assert await code(gate, showing(server.token(issuer, uri=other.uri()))) == "bad_claim"
        assert await code(gate, showing(server.token(issuer))) == "accepted"


async def test_a_list_that_comes_in_drips_holds_nobody_up(gate: Gate, server: ListServer, issuer: TestIssuer) -> None:
    """Each byte in time, and the whole never: there is one deadline for all of it."""
    over = Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not over.wait(0.1):
            handler.wfile.write(b"e")
            handler.wfile.flush()

    server.behave = drip
    begun = monotonic()
    for _ in range(20):
        assert await code(gate, showing(server.token(issuer))) == "status_unknown"
    over.set()
    assert monotonic() - begun < WAIT + 2
    assert server.lists_asked() == 1


async def test_a_token_with_other_defects_asks_for_no_list(
    gate: Gate, server: ListServer, issuer: TestIssuer, time: TestClock
) -> None:
    """Local checks come first: strangers cause no requests."""
    stranger = server.issuer(clock=time)
    expired = issuer.token(audience=SHOP, lifetime=-1, status={"status_list": {"idx": 1, "uri": server.uri()}})
    [key] = issuer.keys
    forged = Signer(Key.from_jwk({**Key.generate("ES256").jwk(private=True), "kid": key.kid}), typ="at+jwt").sign(
        {"iss": server.url, "aud": SHOP, "status": {"status_list": {"idx": 1, "uri": server.uri()}}}
    )
    for token in (expired, forged, server.token(stranger), server.token(issuer, cnf={"jkt": "x"})):
        assert await code(gate, showing(token)) not in ("accepted", "status_unknown")
    assert server.lists_asked() == 0
