"""The issuer that users of Gatepass call in their own tests."""

from gatepass.gate import Gate
from gatepass.jose import unverified_claims, unverified_header
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
