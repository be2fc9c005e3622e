"""A gate with a shared secret learns of sign-outs too: from lists that the issuer's own keys sign, and no secret."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import pytest

from gatepass.gate import Gate, Identity, Issuer
from gatepass.gate.errors import StatusUnknown
from gatepass.gate.keys import RETRY, REVALIDATE, STALE
from gatepass.gate.status import SERVES
from gatepass.http.view import RequestView
from gatepass.jose import KeySet, base64url
from gatepass.kernel.secret import Secret
from gatepass.testing import TestIssuer
from tests.support.forge import b64, mac_token
from tests.support.gates import SHOP, START, TestClock, code, showing
from tests.support.status_attacks import ATTACKS, Attack
from tests.support.status_lists import ListServer

FAIL_OPEN = 60


@pytest.fixture
def group(server: ListServer, time: TestClock) -> TestIssuer:
    """Whoever knows the secret: the issuer, and each member of its trust group."""
    return TestIssuer(server.url, alg="HS256", clock=time)


@pytest.fixture
def gate(server: ListServer, issuer: TestIssuer, group: TestIssuer, time: TestClock) -> Gate:
    """A member that was given the secret and nothing else."""
    return Gate(trust=Secret(secret_of(group)), issuer=server.url, audience=SHOP, clock=time)


@pytest.fixture
def sent(server: ListServer, group: TestIssuer) -> RequestView:
    """A request with the group's token at index 1."""
    return showing(server.token(group))


def secret_of(group: TestIssuer) -> bytes:
    [key] = group.keys
    return base64url.decode(key.jwk(private=True)["k"])


async def test_a_sign_out_is_seen_in_the_list_that_the_issuers_keys_signed(
    gate: Gate, server: ListServer, issuer: TestIssuer, group: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    assert await code(gate, sent) == "accepted"
    server.publish_list(issuer, 1, iat=START + 1)
    time.move(SERVES)
    assert await code(gate, sent) == "token_revoked"
    assert await code(gate, showing(server.token(group, 2))) == "accepted"
    counted = gate.metrics()
    assert (counted.key_fetches, counted.status_fetches, counted.status_failures) == (1, 2, 0)
    assert list(counted.status_ages) == [server.uri()]


async def test_tokens_without_a_status_ask_nobody(gate: Gate, server: ListServer, group: TestIssuer) -> None:
    for _ in range(3):
        assert await code(gate, showing(group.token(audience=SHOP))) == "accepted"
    assert server.asked == []


async def test_an_issuer_that_is_no_public_url_is_not_asked(server: ListServer, time: TestClock) -> None:
    """Nobody can tell, so its tokens live until they expire."""
    for name, alg in product(("ours", "http://id.example.com", "urn:example:issuer"), ("HS256", "ES256")):
        group = TestIssuer(name, alg=alg, clock=time)
        gate = Gate(trust=group.keys, issuer=name, audience=SHOP, clock=time)
        assert await code(gate, showing(server.token(group))) == "accepted"
    assert server.asked == []


async def test_requests_within_the_ttl_ask_nobody(gate: Gate, server: ListServer, sent: RequestView) -> None:
    for _ in range(50):
        assert await code(gate, sent) == "accepted"
    assert (server.lists_asked(), server.times_asked("/keys")) == (1, 1)


def test_one_gate_serves_many_event_loops_in_many_threads(
    gate: Gate, server: ListServer, issuer: TestIssuer, group: TestIssuer
) -> None:
    server.publish_list(issuer, *range(0, 80, 2))
    views = [showing(server.token(group, number)) for number in range(80)]

    async def all_of(part: int) -> list[str]:
        return [await code(gate, view) for view in views[part::8]]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda part: asyncio.run(all_of(part)), range(8)))
    assert [set(part) for part in answers] == [{"token_revoked"}, {"accepted"}] * 4
    assert server.times_asked("/keys") <= 2  # a thread may come to ask in the moment in which the answer arrives


# Who may say what: the secret signs tokens, the issuer's keys sign lists.


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_what_the_issuer_did_not_sign_as_this_list_is_no_list(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, attack: Attack
) -> None:
    attack(server, issuer)
    assert await code(gate, sent) == "status_unknown"


def by_a_member(server: ListServer, group: TestIssuer, header: dict[str, Any]) -> None:
    """Serve a list without any bit, which a member of the group has signed with the secret."""
    server.publish_list(group)
    payload = server.lists["/status/1"].split(b".")[1]
    said = json.loads(base64url.decode(payload.decode()))
    head = {"typ": "statuslist+jwt", **header}
    server.lists["/status/1"] = mac_token(head, said, secret_of(group)).encode()


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256"},
        {"alg": "HS256", "kid": "{secret}"},
        {"alg": "HS256", "kid": "{public}"},
        {"alg": "ES256", "kid": "{public}"},
        {"alg": "ES256", "kid": "{secret}"},
        {"alg": "ES256"},
    ],
    ids=str,
)
async def test_a_member_of_the_group_brings_nobody_back(
    gate: Gate,
    server: ListServer,
    issuer: TestIssuer,
    group: TestIssuer,
    sent: RequestView,
    time: TestClock,
    header: dict[str, str],
) -> None:
    """Everybody in it knows the secret; a list that was signed with it is none, under whatever name."""
    server.publish_list(issuer, 1)
    assert await code(gate, sent) == "token_revoked"
    [public], [secret] = issuer.keys, group.keys
    by_a_member(
        server, group, {name: text.format(public=public.kid, secret=secret.kid) for name, text in header.items()}
    )
    time.move(SERVES)
    assert await code(gate, sent) == "token_revoked"
    assert gate.metrics().status_failures == 1


async def test_a_secret_among_the_published_keys_signs_no_list(
    gate: Gate, server: ListServer, issuer: TestIssuer, group: TestIssuer, sent: RequestView
) -> None:
    """Not even where an issuer publishes it by mistake, under the name of its public key."""
    [public] = issuer.keys
    shared = {"kty": "oct", "k": b64(secret_of(group)), "alg": "HS256", "kid": public.kid}
    server.documents["/keys"] = {"keys": [shared, *issuer.keys.jwks()["keys"]]}
    by_a_member(server, group, {"alg": "HS256", "kid": str(public.kid)})
    assert await code(gate, sent) == "status_unknown"


async def test_the_published_key_used_as_a_secret_signs_no_list(
    gate: Gate, server: ListServer, issuer: TestIssuer, group: TestIssuer, sent: RequestView
) -> None:
    """Key confusion: HS256 with the text of the public key."""
    by_a_member(server, group, {"alg": "HS256"})
    said = json.loads(base64url.decode(server.lists["/status/1"].split(b".")[1].decode()))
    [jwk] = issuer.keys.jwks()["keys"]
    for secret in (json.dumps(jwk).encode(), jwk["x"].encode(), base64url.decode(jwk["x"])):
        head = {"alg": "HS256", "typ": "statuslist+jwt", "kid": jwk["kid"]}
        server.lists["/status/1"] = mac_token(head, said, secret).encode()
        assert await code(gate, sent) == "status_unknown"


async def test_keys_that_were_fetched_for_lists_let_nobody_in(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView
) -> None:
    """The gate was given a secret to believe tokens by, and only that."""
    theirs = showing(server.token(issuer))
    assert await code(gate, theirs) == "unknown_key"
    assert server.asked == []
    assert await code(gate, sent) == "accepted"
    assert server.times_asked("/keys") == 1
    assert await code(gate, theirs) == "unknown_key"
    assert server.times_asked("/keys") == 1


async def test_a_forged_token_asks_for_no_list(gate: Gate, server: ListServer, time: TestClock) -> None:
    """Strangers cause no requests."""
    stranger = TestIssuer(server.url, alg="HS256", clock=time)
    assert await code(gate, showing(server.token(stranger))) in ("bad_signature", "unknown_key")
    assert server.asked == []


async def test_a_list_elsewhere_is_never_fetched(gate: Gate, server: ListServer, group: TestIssuer) -> None:
    """A member can name any address in a token that it makes; gates ask below the issuer's `/status/` only."""
    for uri in ("https://evil.test/status/1", f"{server.url}/keys", f"{server.url}.evil.test/status/1"):
        assert await code(gate, showing(server.token(group, uri=uri))) == "bad_claim"
    assert server.asked == []


# The issuer's keys change, or cannot be had.


async def test_a_new_key_of_the_issuer_is_asked_for_at_once(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    assert await code(gate, sent) == "accepted"
    rotated = server.issuer(clock=time)
    server.publish(issuer, rotated)
    server.publish_list(rotated, 1, iat=START + 1)
    time.move(SERVES)
    assert await code(gate, sent) == "token_revoked"
    assert server.times_asked("/keys") == 2


async def test_a_list_of_a_revoked_key_is_not_believed_any_more(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    """Not even where the issuer says that nothing has changed: the list itself is asked for."""
    assert await code(gate, sent) == "accepted"
    successor = server.issuer(clock=time)
    server.publish(successor)
    for _ in range((REVALIDATE + FAIL_OPEN) // 5 + 3):
        time.move(5)
        await code(gate, sent)
    assert await code(gate, sent) == "status_unknown"
    server.publish_list(successor)
    time.move(5)
    assert await code(gate, sent) == "accepted"


async def test_after_a_pause_the_keys_are_asked_for_before_a_list_is_believed(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    assert await code(gate, sent) == "accepted"
    server.publish(server.issuer(clock=time))
    server.publish_list(issuer, iat=START + 1)
    time.move(600)
    assert await code(gate, sent) == "status_unknown"


@pytest.mark.parametrize("away", ["everything", "lists", "keys", "metadata"])
async def test_an_issuer_that_is_away_is_a_503_and_never_a_401(
    gate: Gate, server: ListServer, sent: RequestView, time: TestClock, away: str
) -> None:
    server.lists_down = away in ("everything", "lists")
    server.down = away == "everything"
    published = dict(server.documents)
    for path in {"keys": ["/keys"], "metadata": ["/.well-known/oauth-authorization-server"]}.get(away, []):
        del server.documents[path]
    with pytest.raises(StatusUnknown) as caught:
        await gate.admit(sent)
    answer = gate.answer(caught.value, sent)
    assert answer.status == 503
    assert ("retry-after", "2") in answer.headers
    server.down = server.lists_down = False
    server.documents.update(published)
    time.move(RETRY)
    assert await code(gate, sent) == "accepted"


async def test_while_the_issuer_is_away_the_last_list_serves_for_a_minute(
    gate: Gate, server: ListServer, sent: RequestView, time: TestClock
) -> None:
    assert await code(gate, sent) == "accepted"
    server.down = server.lists_down = True
    time.move(FAIL_OPEN - 1)
    assert await code(gate, sent) == "accepted"
    assert gate.metrics().stale_status == 1
    time.move(1)
    assert await code(gate, sent) == "status_unknown"


async def test_keys_that_cannot_be_fetched_again_serve_for_an_hour(
    gate: Gate, server: ListServer, issuer: TestIssuer, sent: RequestView, time: TestClock
) -> None:
    """Lists that come meanwhile are verified with them; after that nobody can tell who signed one."""
    assert await code(gate, sent) == "accepted"
    server.down = True
    time.move(STALE - 1)
    assert await code(gate, sent) == "accepted"
    time.move(FAIL_OPEN)
    server.publish_list(issuer, iat=time())
    assert await code(gate, sent) == "status_unknown"


# A secret beside the issuer's keys.


async def test_a_secret_beside_the_issuers_url_shares_its_lists(
    server: ListServer, issuer: TestIssuer, group: TestIssuer, time: TestClock
) -> None:
    """One list, one question; and each token is verified with its own kind of key."""
    gate = Gate(trust=[group.keys, server.url], issuer=server.url, audience=SHOP, clock=time)
    server.publish_list(issuer, 1)
    for who in (issuer, group):
        assert await code(gate, showing(server.token(who))) == "token_revoked"
        assert await code(gate, showing(server.token(who, 2))) == "accepted"
    assert (server.lists_asked(), server.times_asked("/keys")) == (1, 1)
    by_a_member(server, group, {"alg": "HS256"})
    time.move(SERVES)
    assert await code(gate, showing(server.token(issuer))) == "token_revoked"


@pytest.mark.parametrize("together", [True, False])
async def test_beside_keys_that_were_given_nothing_else_is_fetched(
    server: ListServer, issuer: TestIssuer, group: TestIssuer, time: TestClock, together: bool
) -> None:
    """In one KeySet or two."""
    del server.documents["/keys"]
    public = KeySet.from_jwks(issuer.keys.jwks())
    given: Any = KeySet([*public, *group.keys]) if together else [group.keys, Issuer(server.url, public)]
    gate = Gate(trust=given, issuer=server.url, audience=SHOP, clock=time)
    server.publish_list(issuer, 1)
    for who in (issuer, group):
        assert await code(gate, showing(server.token(who))) == "token_revoked"
        assert await code(gate, showing(server.token(who, 2))) == "accepted"
    assert server.asked == ["/status/1"]


async def test_another_issuer_says_nothing_of_tokens_of_a_secret(
    server: ListServer, issuer: TestIssuer, group: TestIssuer, time: TestClock
) -> None:
    server.publish_list(issuer, 1)
    trust = [Issuer(server.url, group.keys), "http://127.0.0.1:9"]
    gate = Gate(trust=trust, audience=SHOP, clock=time)
    assert await code(gate, showing(server.token(group))) == "token_revoked"
    assert await code(gate, showing(server.token(group, 2))) == "accepted"


async def test_secrets_of_two_issuers_have_lists_of_their_own(
    server: ListServer, group: TestIssuer, issuer: TestIssuer, time: TestClock
) -> None:
    other = ListServer()
    with other.running():
        theirs, members = other.issuer(clock=time), TestIssuer(other.url, alg="HS256", clock=time)
        other.publish(theirs)
        other.publish_list(theirs, 1)
        trust = [Issuer(server.url, group.keys), Issuer(other.url, members.keys)]
        gate = Gate(trust=trust, audience=SHOP, clock=time)
        assert await code(gate, showing(server.token(group))) == "accepted"
        assert await code(gate, showing(other.token(members))) == "token_revoked"
        assert await code(gate, showing(other.token(members, uri=server.uri()))) == "bad_claim"


async def test_an_issuer_of_tests_goes_on_to_know_by_heart(time: TestClock) -> None:
    group = TestIssuer("https://id.example.com", alg="HS256", clock=time)
    gate = Gate(trust=group, audience=SHOP, clock=time)
    token = group.token(audience=SHOP)
    assert isinstance(await gate.admit(showing(token)), Identity)
    group.revoke(token)
    assert await code(gate, showing(token)) == "token_revoked"
