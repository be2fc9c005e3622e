"""The issuer that users of Gatepass call in their own tests."""

from time import time

import pytest

from gatepass.gate import Gate
from gatepass.jose import TokenRefused, unverified_claims, unverified_header
from gatepass.kernel.errors import Misuse
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, bearer, decided, request


def test_its_tokens_are_real() -> None:
    issuer = TestIssuer(clock=lambda: START)
    token = issuer.token(subject="anna", audience=SHOP, scope=["a", "b"])
    who = decided(Gate(trust=issuer, audience=SHOP), request("GET", bearer(token)))
    assert (who.subject, sorted(who.scopes)) == ("anna", ["a", "b"])


def test_every_token_is_another_one() -> None:
    issuer = TestIssuer()
    assert issuer.token(audience=SHOP) != issuer.token(audience=SHOP)


def test_claims_are_added_changed_and_left_out() -> None:
    claims = unverified_claims(TestIssuer().token(audience=[SHOP, "x"], now=START, tenant="acme", iat=7, sid=None))
    assert (claims["tenant"], claims["iat"], claims["aud"], claims["exp"]) == ("acme", 7, [SHOP, "x"], START + 300)
    assert "sid" not in claims


def test_its_algorithm_and_type_are_free_to_choose() -> None:
    header = unverified_header(TestIssuer(alg="Ed25519").token(audience=SHOP, typ="JWT"))
    assert (header["alg"], header["typ"]) == ("Ed25519", "JWT")


async def test_what_was_revoked_is_refused_at_the_next_request() -> None:
    """A session with all its tokens, and no other one."""
    issuer = TestIssuer()
    gate = Gate(trust=issuer, audience=SHOP)
    first, second = (issuer.token(audience=SHOP, sid="one") for _ in range(2))
    other = issuer.token(audience=SHOP)
    for token in (first, second, other):
        assert await gate.admit(request("GET", bearer(token)))
    issuer.revoke(first)
    for token in (first, second):
        with pytest.raises(TokenRefused, match="token_revoked"):
            await gate.admit(request("GET", bearer(token)))
    assert await gate.admit(request("GET", bearer(other)))


def test_a_token_without_a_session_is_revoked_alone() -> None:
    issuer = TestIssuer()
    gate = Gate(trust=issuer, audience=SHOP)
    revoked, other = (issuer.token(audience=SHOP, sid=None) for _ in range(2))
    issuer.revoke(revoked)
    with pytest.raises(TokenRefused, match="token_revoked"):
        decided(gate, request("GET", bearer(revoked)), now=time())
    assert decided(gate, request("GET", bearer(other)), now=time())


async def test_live_routes_can_be_tested_too() -> None:
    issuer = TestIssuer()
    gate = Gate(trust=issuer, audience=SHOP)
    token = issuer.token(audience=SHOP)
    assert await gate.admit(request("GET", bearer(token)), gate.requirement(live=True))
    issuer.revoke(token)
    with pytest.raises(TokenRefused, match="token_revoked"):
        await gate.admit(request("GET", bearer(token)), gate.requirement(live=True))


def test_only_its_own_tokens_can_be_revoked() -> None:
    issuer = TestIssuer()
    for token in (TestIssuer().token(audience=SHOP), "a.b.c", ""):
        with pytest.raises(TokenRefused):
            issuer.revoke(token)
    with pytest.raises(Misuse):
        issuer.revoke(issuer.token(audience=SHOP, sid=None, jti=None))


def test_a_token_that_has_expired_can_be_revoked() -> None:
    """As a sign-out comes with whatever token is at hand."""
    issuer = TestIssuer()
    expired = issuer.token(audience=SHOP, lifetime=-10, sid="one")
    issuer.revoke(expired)
    assert issuer.is_revoked(session="one", token_id=None)
    assert not issuer.is_revoked(session=None, token_id=None)
