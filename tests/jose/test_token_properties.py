"""What holds for every key, every claim set and every text a stranger may send."""

import functools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatepass.jose import (
    Key,
    KeyRefused,
    KeySet,
    Signer,
    TokenRefused,
    Verifier,
    jws,
    unverified_claims,
    unverified_header,
)
from gatepass.jose.algorithms import SIGNATURES
from gatepass.kernel.errors import Misuse
from tests.support import forge
from tests.support.jose_keys import made
from tests.support.token_world import AUDIENCE, CLAIMS, GOOD, HS, ISSUER, KEYS, NOW, SECRET

numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
registered = st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"])
private_claims = st.dictionaries(texts.filter(lambda name: name not in CLAIMS and name != "nbf"), values, max_size=6)
any_claims = st.dictionaries(registered | texts, values, max_size=8)
headers = st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk"]) | texts, values, max_size=6)
segments = st.text("AQgwZm9veyJ-_=+/. \n", max_size=12) | st.sampled_from(
    [part for good in GOOD.values() for part in good.split(".")]
)
members = st.sampled_from(["kty", "crv", "alg", "use", "key_ops", "kid", "x", "y", "d", "n", "e", "k", "p", "q", "oth"])
member_values = (
    values
    | st.sampled_from(
        [
            "EC",
            "RSA",
            "OKP",
            "oct",
            "P-256",
            "Ed25519",
            "ES256",
            "RS256",
            "HS256",
            "EdDSA",
            "sig",
            "AQAB",
            "AQ",
            forge.b64(b"x" * 32),
        ]
    )
    | st.just(["sign", "verify"])
)


def verifier(kind: Any = dict) -> Verifier[Any]:
    return Verifier(KEYS, issuer=ISSUER, audience=AUDIENCE, typ="at+jwt", claims=kind, cache=4)


SHARED = verifier()


def outcome(token: Any) -> str:
    """`good`, or the code of the refusal; anything else escapes and fails the test."""
    try:
        SHARED.verify(token, now=NOW)
    except TokenRefused as refused:
        return refused.code
    return "good"


@pytest.mark.parametrize("alg", SIGNATURES)
@settings(max_examples=15, deadline=None)
@given(claims=private_claims)
def test_what_was_signed_comes_back(alg: str, claims: dict[str, Any]) -> None:
    token = Signer(made(alg), typ="at+jwt", issuer=ISSUER, lifetime=300).sign({**claims, "aud": AUDIENCE}, now=NOW)
    one = Verifier(made(alg), issuer=ISSUER, audience=AUDIENCE, typ="at+jwt")

    assert one.verify(token, now=NOW) == {**claims, "aud": AUDIENCE, "iss": ISSUER, "iat": NOW, "exp": NOW + 300}


@pytest.mark.parametrize("alg", SIGNATURES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_single_changed_character_is_refused(alg: str, data: st.DataObject) -> None:
    token, one = signed(alg)
    at = data.draw(st.integers(0, len(token) - 1))
    new = data.draw(st.sampled_from("ABQgwxyz0189-_.=+/ ").filter(lambda letter: letter != token[at]))

    with pytest.raises(TokenRefused):
        one.verify(token[:at] + new + token[at + 1 :], now=NOW)


@functools.cache
def signed(alg: str) -> tuple[str, Verifier[dict[str, Any]]]:
    token = Signer(made(alg)).sign(CLAIMS)
    one = Verifier(made(alg), issuer=ISSUER, audience=AUDIENCE, typ=None, cache=4)
    one.verify(token, now=NOW)
    return token, one


@pytest.mark.parametrize("alg", SIGNATURES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_cut_or_insertion_is_refused(alg: str, data: st.DataObject) -> None:
    token, one = signed(alg)
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, len(token)))
    more = data.draw(st.text("AZ-_.=", max_size=4))
    changed = token[:start] + more + token[end:]

    if changed != token:
        with pytest.raises(TokenRefused):
            one.verify(changed, now=NOW)


@given(st.text() | st.binary() | values | st.lists(segments, max_size=5).map(".".join))
def test_whatever_a_stranger_sends_is_refused_or_one_of_ours(token: Any) -> None:
    assert outcome(token) in ("good", *TokenRefused.codes)
    for look in (unverified_header, unverified_claims, lambda one: jws.verify(one, KEYS)):
        try:
            look(token)
        except TokenRefused:
            continue


@given(headers)
def test_whatever_header_was_sealed_only_our_errors_come_out(header: dict[str, Any]) -> None:
    code = outcome(forge.mac_token(header, CLAIMS, SECRET))

    assert code != "good" or (header["alg"], header.get("kid", "hs"), header["typ"]) == ("HS256", "hs", "at+jwt")


@given(any_claims | values | st.binary(max_size=60))
def test_whatever_payload_was_sealed_only_our_errors_come_out(payload: Any) -> None:
    assert outcome(forge.mac_token(HS, payload, SECRET)) in ("good", *TokenRefused.codes)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(members, member_values, max_size=8) | values)
def test_whatever_a_jwk_holds_only_our_errors_come_out(jwk: Any) -> None:
    try:
        key = Key.from_jwk(jwk)
    except KeyRefused:
        return
    assert jwk["kty"] == key.jwk(private=key.private)["kty"]


@given(st.binary() | st.lists(values).map(lambda keys: {"keys": keys}) | values)
def test_whatever_a_jwk_set_holds_only_our_errors_come_out(jwks: Any) -> None:
    try:
        keys = KeySet.from_jwks(jwks)
    except KeyRefused:
        return
    assert len(list(keys)) <= len(keys)


@given(st.text() | st.binary(), st.none() | st.text(), st.sampled_from([*SIGNATURES]))
def test_whatever_a_pem_or_secret_holds_only_our_errors_come_out(text: Any, password: Any, alg: str) -> None:
    makers: list[Callable[[], Key]] = [
        lambda: Key.from_pem(text, alg=alg, password=password),
        lambda: Key.from_secret(text, alg=alg),
    ]
    for make in makers:
        try:
            key = make()
        except Misuse:
            continue
        assert key.alg == alg


@given(any_claims | values)
def test_whatever_is_signed_our_own_verifier_reads(claims: Any) -> None:
    """Or the signer says that it is no claim set."""
    try:
        token = Signer(made("HS256")).sign(claims)
    except Misuse:
        return
    code = "good"
    try:
        Verifier(made("HS256"), issuer=None, audience=None, typ=None, require=()).verify(token, now=1)
    except TokenRefused as refused:
        code = refused.code
    assert code in ("good", "token_expired", "token_not_yet_valid")
