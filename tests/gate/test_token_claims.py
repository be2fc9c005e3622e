"""What a route finds in `Identity.claims`: all claims of the token, decoded when somebody looks."""

import copy
import json
import pickle
from typing import Any

import pytest

from gatepass.gate import Gate, Identity
from gatepass.http.view import RequestView
from gatepass.jose import TokenRefused
from gatepass.testing import TestIssuer
from tests.support import forge

SHOP = "https://shop.example.com"
START = 1_700_000_000
ISSUER = TestIssuer(clock=lambda: START)
GATE = Gate(trust=ISSUER, audience=SHOP)


def sent(**claims: Any) -> str:
    return ISSUER.token(audience=SHOP, **claims)


def let_in(token: str) -> Identity:
    view = RequestView(headers=[("Authorization", f"Bearer {token}")])
    found = GATE.check(view, now=START)
    assert isinstance(found, Identity)
    return found


@pytest.mark.parametrize("again", [False, True])
def test_all_claims_of_the_token_are_there(again: bool) -> None:
    token = sent(tenant="acme", roles=["user"], address={"city": "Zürich"})
    who = let_in(token) if not again else (let_in(token), let_in(token))[1]
    said = json.loads(forge.unb64(token.split(".")[1]))

    assert dict(who.claims) == said
    assert who.claims == said
    assert list(who.claims) == list(said)
    assert len(who.claims) == len(said)
    assert who.claims["address"]["city"] == "Zürich"
    assert who.claims.get("unsaid") is None
    assert "tenant" in who.claims


def test_no_name_of_a_claim_can_be_written() -> None:
    claims: Any = let_in(sent()).claims

    with pytest.raises(TypeError):
        claims["sub"] = "evil"
    with pytest.raises(TypeError):
        del claims["sub"]


def test_what_a_route_does_to_a_list_in_it_stays_with_that_request() -> None:
    token = sent(roles=["user"])
    for _ in range(3):
        who = let_in(token)
        assert who.claims["roles"] == ["user"]
        who.claims["roles"].append("admin")
        assert who.claims["roles"] == ["user", "admin"]


def test_an_identity_that_is_kept_or_sent_elsewhere_holds_no_credential() -> None:
    token = sent(tenant="acme")
    signature = token.rpartition(".")[2]
    who = let_in(token)
    moved = pickle.loads(pickle.dumps(who))

    assert moved == who == copy.deepcopy(who)
    assert moved.claims["tenant"] == "acme"
    assert signature.encode() not in pickle.dumps(who)
    assert signature not in repr(who.claims)
    assert "acme" not in repr(who)


@pytest.mark.parametrize(("name", "value"), [("amr", "pwd"), ("auth_time", "x"), ("sid", ["x"])])
def test_a_claim_of_a_wrong_type_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(TokenRefused) as caught:
        let_in(sent(**{name: value}))

    assert (caught.value.code, caught.value.claim) == ("bad_claim", name)
