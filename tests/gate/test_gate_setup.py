"""A gate that is set up in a wrong way says so at once."""

from typing import Any

import pytest

from gatepass.gate import BearerToken, BodyToken, Gate, Issuer, MemoryStore, ServerSession, TokenCookie
from gatepass.jose import Key, KeySet, Signer
from gatepass.kernel.errors import Misuse, Refused
from gatepass.kernel.secret import Secret
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, bearer, decided, request

TRUST = TestIssuer(clock=lambda: START)
SECRET = Secret(b"thirty-two bytes that are shared")
KEYS = KeySet([Key.generate("ES256")])


class Nobody:
    scheme = "nobody"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"trust": TRUST},
        {"audience": SHOP},
        {"trust": TRUST, "audience": ""},
        {"trust": TRUST, "audience": []},
        {"trust": TRUST, "audience": [SHOP, ""]},
        {"trust": [], "audience": SHOP},
        {"trust": 7, "audience": SHOP},
        {"trust": SECRET, "audience": SHOP},
        {"trust": SECRET, "audience": SHOP, "issuer": ""},
        {"trust": KEYS, "audience": SHOP},
        {"trust": KeySet(), "audience": SHOP, "issuer": "https://a.test"},
        {"trust": "https://a.test", "audience": SHOP, "leeway": -1},
        {"trust": TRUST, "audience": SHOP, "issuer": "https://a.test"},
        {"trust": "https://a.test", "audience": SHOP, "issuer": "https://a.test"},
        {"trust": "http://a.test", "audience": SHOP},
        {"trust": "https://a.test?x", "audience": SHOP},
        {"trust": ["https://a.test", "https://a.test"], "audience": SHOP},
        {"trust": TRUST, "audience": SHOP, "accept": []},
        {"trust": TRUST, "audience": SHOP, "accept": [BearerToken]},
        {"trust": TRUST, "audience": SHOP, "accept": [Nobody()]},
        {"trust": TRUST, "audience": SHOP, "accept": ["bearer"]},
        {"trust": TRUST, "audience": "shop", "accept": [TokenCookie()]},
        {"trust": TRUST, "audience": "shop", "accept": [ServerSession(MemoryStore())]},
        {"trust": TRUST, "audience": SHOP, "accept": [TokenCookie(url="http://shop.localhost")]},
        {"trust": TRUST, "audience": SHOP, "url": "http://shop.example.com"},
        {"trust": TRUST, "audience": SHOP, "origins": SHOP},
        {"trust": TRUST, "audience": SHOP, "origins": ["shop"]},
        {"trust": TRUST, "audience": SHOP, "login_url": "login"},
        {"trust": TRUST, "audience": SHOP, "login_url": "//evil.test"},
        {"trust": TRUST, "audience": SHOP, "leeway": -1},
        {"trust": TRUST, "audience": 7},
        {"trust": TRUST, "audience": SHOP, "accept": BearerToken()},
        {"trust": TRUST, "audience": SHOP, "origins": None},
        {"trust": TRUST, "audience": SHOP, "login_url": b"/login"},
    ],
)
def test_a_gate_cannot_be_made_with(settings: dict[str, Any]) -> None:
    """Each of these would let the wrong people in, or nobody."""
    with pytest.raises(Misuse):
        Gate(**settings)


def test_a_text_that_is_no_url_is_not_taken_for_a_secret_and_not_repeated() -> None:
    with pytest.raises(Misuse) as caught:
        Gate(trust="unicorns are awesome", audience=SHOP)
    assert "unicorns" not in str(caught.value)
    assert "Secret" in str(caught.value)


@pytest.mark.parametrize(
    "words", [{"scope": 'a"b'}, {"scope": 7}, {"fresh": "5 minutes"}, {"fresh": -1}, {"fresh": True}, {"acr": [7]}]
)
def test_a_requirement_that_cannot_be_read_is_misuse(words: dict[str, Any]) -> None:
    with pytest.raises(Misuse):
        Gate(trust=TRUST, audience=SHOP).requirement(**words)


def test_live_needs_an_issuer_that_can_tell() -> None:
    with pytest.raises(Misuse, match="AuthServer in this process"):
        Gate(trust=Issuer(TRUST.issuer, TRUST.keys), audience=SHOP).requirement(live=True)


def test_without_a_public_url_only_headers_are_accepted() -> None:
    """Nothing would say how the cookie is named, or which pages are ours."""
    gate = Gate(trust=TRUST, audience="shop")
    assert [strategy.scheme for strategy in gate.accept] == ["bearer"]


@pytest.mark.parametrize("named", [{"url": "http://shop.localhost"}, {"audience": "http://shop.localhost"}])
def test_a_service_that_only_has_sessions_needs_nobodys_word(named: dict[str, Any]) -> None:
    sessions = ServerSession(MemoryStore(), clock=lambda: START)
    gate = Gate(accept=[sessions], **named)
    cookie = sessions.open("anna").partition(";")[0]
    assert decided(gate, request("GET", ("cookie", cookie)), gate.requirement(live=True)).subject == "anna"


@pytest.mark.parametrize("accept", [[BearerToken()], [ServerSession(MemoryStore()), BodyToken()], None])
def test_a_service_that_takes_tokens_says_whose(accept: Any) -> None:
    with pytest.raises(Misuse, match="trust="):
        Gate(accept=accept, audience=SHOP)


def test_an_audience_may_be_a_plain_name_beside_a_url() -> None:
    gate = Gate(trust=TRUST, audience="http://shop.internal", url="http://shop.localhost:8000")
    assert [strategy.scheme for strategy in gate.accept] == ["bearer", "cookie"]


def test_a_shared_secret_is_trusted_for_a_named_issuer() -> None:
    gate = Gate(trust=SECRET, issuer="https://id.test", audience=SHOP)
    signer = Signer(Key.from_secret(SECRET, alg="HS256"), typ="at+jwt")
    claims = {"iss": "https://id.test", "sub": "anna", "aud": SHOP, "exp": START + 9, "iat": START, "jti": "1"}
    sent = signer.sign(claims | {"client_id": "app"})
    assert decided(gate, request("GET", bearer(sent))).issuer == "https://id.test"


def test_several_issuers_are_told_apart_by_the_name_in_the_token() -> None:
    one, two = TestIssuer("https://one.test", clock=lambda: START), TestIssuer("https://two.test", clock=lambda: START)
    gate = Gate(trust=[one, two], audience=SHOP)
    assert decided(gate, request("GET", bearer(one.token(audience=SHOP)))).issuer == "https://one.test"
    assert decided(gate, request("GET", bearer(two.token(audience=SHOP)))).issuer == "https://two.test"


def test_an_issuer_cannot_speak_for_another_one() -> None:
    one, two = TestIssuer("https://one.test", clock=lambda: START), TestIssuer("https://two.test", clock=lambda: START)
    gate = Gate(trust=[one, two], audience=SHOP)
    with pytest.raises(Refused, match="unknown_key"):
        gate.check(request("GET", bearer(one.token(audience=SHOP, iss="https://two.test"))), now=START)


@pytest.mark.parametrize("named", [{"iss": "https://three.test"}, {}])
def test_an_issuer_that_is_not_trusted_is_refused(named: dict[str, str]) -> None:
    one, two = TestIssuer("https://one.test", clock=lambda: START), TestIssuer("https://two.test", clock=lambda: START)
    gate = Gate(trust=[one, two], audience=SHOP)
    sent = Signer(next(iter(one.keys)), typ="at+jwt").sign({"sub": "a", "aud": SHOP, "exp": START + 9, **named})
    with pytest.raises(Refused, match="wrong_issuer"):
        gate.check(request("GET", bearer(sent)), now=START)


def test_a_service_moves_from_a_secret_to_key_pairs_of_the_same_issuer() -> None:
    """Both kinds of tokens are good during the move, and each is checked with its own keys."""
    pairs = TestIssuer("https://id.test", clock=lambda: START)
    shared = Issuer("https://id.test", KeySet([Key.from_secret(SECRET, alg="HS256")]))
    gate = Gate(trust=[shared, pairs], audience=SHOP)
    old = Signer(Key.from_secret(SECRET, alg="HS256"), typ="at+jwt")
    claims = {"iss": "https://id.test", "sub": "anna", "aud": SHOP, "exp": START + 9, "iat": START, "jti": "1"}
    assert decided(gate, request("GET", bearer(old.sign(claims | {"client_id": "app"})))).subject == "anna"
    assert decided(gate, request("GET", bearer(pairs.token(subject="ben", audience=SHOP)))).subject == "ben"
