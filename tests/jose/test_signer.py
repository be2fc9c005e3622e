"""The signer writes what a verifier accepts, and refuses to write anything else."""

from typing import Any

import msgspec
import pytest

from gatepass.jose import Key, Signer, TokenRefused, Verifier, jws, unverified_claims, unverified_header
from gatepass.kernel.errors import Misuse
from gatepass.tokens.access import AccessClaims

KEY = Key.generate("HS256")


class Claims(msgspec.Struct, omit_defaults=True, kw_only=True):
    sub: str
    exp: int | None = None
    nbf: int | None = None


class Careless(msgspec.Struct):
    sub: str
    nbf: int | None = None


def test_the_header_names_algorithm_key_and_type() -> None:
    assert unverified_header(Signer(KEY, typ="at+jwt").sign({})) == {"alg": "HS256", "kid": KEY.kid, "typ": "at+jwt"}
    nameless = Key.from_secret(b"s" * 32, alg="HS256")
    assert unverified_header(Signer(nameless).sign({})) == {"alg": "HS256"}


def test_claims_are_signed_as_they_are() -> None:
    claims = {"sub": "42", "aud": ["a", "b"], "exp": 1700000000.5, "name": "J\u00f6rg", "deep": {"x": [None, 1.5]}}

    assert unverified_claims(Signer(KEY).sign(claims)) == claims


def test_issuer_and_lifetime_are_filled_in() -> None:
    signer = Signer(KEY, issuer="https://id.test", lifetime=300, clock=lambda: 1000.9)

    assert unverified_claims(signer.sign({})) == {"iss": "https://id.test", "iat": 1000, "exp": 1300}
    assert unverified_claims(signer.sign({}, now=5))["exp"] == 305


def test_the_claims_own_times_win() -> None:
    signer = Signer(KEY, lifetime=300)

    assert unverified_claims(signer.sign({"exp": 7, "iat": 5}, now=6)) == {"exp": 7, "iat": 5}
    assert unverified_claims(signer.sign({"iat": 5}, now=6))["exp"] == 305


def test_the_callers_claims_are_left_alone() -> None:
    claims = {"sub": "42"}
    Signer(KEY, issuer="i", lifetime=1).sign(claims)

    assert claims == {"sub": "42"}


@pytest.mark.parametrize("issuer", [None, "https://id.test"])
def test_a_struct_leaves_out_what_it_has_not(issuer: str | None) -> None:
    claims = unverified_claims(Signer(KEY, issuer=issuer).sign(Claims(sub="42")))

    assert claims == {"sub": "42", **({"iss": issuer} if issuer else {})}


def test_a_null_where_a_date_belongs_is_a_mistake() -> None:
    """A Struct without `omit_defaults` writes it, and every verifier would refuse it."""
    with pytest.raises(Misuse, match="nbf"):
        Signer(KEY).sign(Careless(sub="42"))


def loop() -> dict[str, Any]:
    claims: dict[str, Any] = {}
    claims["self"] = claims
    return claims


@pytest.mark.parametrize(
    "claims",
    [
        *(None, 5, "sub", b"{}", [], [("sub", "42")], object()),
        *({"x": object()}, {"x": "\ud800"}, {"\ud800": 1}, {object(): 1}, {"x": {1, object()}}, loop()),
        *({"exp": "5"}, {"exp": True}, {"exp": None}, {"exp": -1}, {"exp": float("nan")}, {"exp": float("inf")}),
        *({"nbf": []}, {"iat": 10**30}, {"sub": 5}, {"iss": None}, {"jti": 1.5}, {"aud": 5}, {"aud": [None]}),
        *({"x": "x" * 20_000}, {"x": 10**5000}),
    ],
    ids=lambda claims: type(claims).__name__,  # a repr holds addresses, and test workers must agree on names
)
@pytest.mark.parametrize("issuer", [None, "https://id.test"])
def test_claims_that_no_verifier_would_accept_are_a_mistake(claims: Any, issuer: str | None) -> None:
    with pytest.raises(Misuse):
        Signer(KEY, issuer=issuer).sign(claims)


def test_another_issuer_in_the_claims_is_a_mistake() -> None:
    signer = Signer(KEY, issuer="https://id.test")

    assert unverified_claims(signer.sign({"iss": "https://id.test"})) == {"iss": "https://id.test"}
    with pytest.raises(Misuse):
        signer.sign({"iss": "https://other.test"})


@pytest.mark.parametrize("now", ["5", [], float("nan"), float("inf"), object()])
def test_a_now_that_is_no_time_is_a_mistake(now: Any) -> None:
    with pytest.raises(Misuse):
        Signer(KEY, lifetime=300).sign({}, now=now)


@pytest.mark.parametrize("iat", ["5", None, [], {}])
def test_an_iat_that_is_no_time_is_a_mistake(iat: Any) -> None:
    with pytest.raises(Misuse):
        Signer(KEY, lifetime=300).sign({"iat": iat})


@pytest.mark.parametrize(
    "wrong",
    [
        {"lifetime": 0},
        {"lifetime": -5},
        {"lifetime": 1.5},
        {"lifetime": True},
        {"lifetime": "300"},
        {"typ": ""},
        {"typ": 5},
        {"issuer": ""},
        {"issuer": ["i"]},
        {"typ": "\ud800"},
    ],
    ids=repr,
)
def test_a_signer_that_cannot_work_is_a_mistake(wrong: dict[str, Any]) -> None:
    with pytest.raises(Misuse):
        Signer(KEY, **wrong)


@pytest.mark.parametrize("key", [None, "secret", b"s" * 32, {"kty": "oct"}, Key.generate("ES256").public()])
def test_only_a_private_key_signs(key: Any) -> None:
    for sign in (Signer, lambda one: jws.sign(b"x", one)):
        with pytest.raises(Misuse):
            sign(key)


def test_a_jws_signs_any_bytes_under_further_headers() -> None:
    token = jws.sign(b"\xff\x00", KEY, header={"cty": "text/plain", "typ": "x"})

    assert jws.verify(token, KEY) == b"\xff\x00"
    assert unverified_header(token) == {"alg": "HS256", "kid": KEY.kid, "cty": "text/plain", "typ": "x"}


@pytest.mark.parametrize(
    "header",
    [{"alg": "none"}, {"kid": "x"}, {"crit": ["b64"]}, {"b64": False}, {"x": object()}, {"x": "x" * 5000}, {"typ": 5}],
)
def test_a_jws_header_that_no_verifier_would_accept_is_a_mistake(header: dict[str, Any]) -> None:
    with pytest.raises(Misuse):
        jws.sign(b"x", KEY, header=header)


@pytest.mark.parametrize("payload", [None, "text", 5, {"sub": "42"}])
def test_a_jws_payload_is_bytes(payload: Any) -> None:
    with pytest.raises(Misuse):
        jws.sign(payload, KEY)


def test_two_tokens_of_one_key_and_type_share_their_header() -> None:
    """A verifier remembers headers; a signer that varied them would make it slow."""
    signer = Signer(KEY, typ="at+jwt")
    heads = {signer.sign({"exp": n}).partition(".")[0] for n in range(3)}

    assert len(heads) == 1
    assert Verifier(KEY, issuer=None, audience=None, typ="at+jwt").verify(signer.sign({"exp": 9}), now=1) == {"exp": 9}


def test_a_struct_whose_types_say_it_all_is_signed_without_a_second_look_and_still_judged_by_every_verifier() -> None:
    times: Any = {"exp": "never", "iat": 0}  # Any: a type checker would not let it pass
    wrong = AccessClaims(iss="https://id.example", sub="42", aud="https://x.example", jti="1", client_id="web", **times)
    token = Signer(KEY).sign(wrong)
    with pytest.raises(TokenRefused) as caught:
        Verifier(KEY, issuer=None, audience=None, typ=None).verify(token)
    assert (caught.value.code, caught.value.claim) == ("bad_claim", "exp")
