"""A verdict is the verifier's own, and its list of checks never tells another story."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.inspection import Check, Outcome, Verdict, inspect, judge
from gatepass.inspection.verdict import CHECKS
from gatepass.jose import Key, KeySet, TokenRefused, Verifier, jws
from gatepass.kernel.errors import Misuse
from tests.support.header_attacks import HEADER_ATTACKS
from tests.support.token_attacks import TOKEN_ATTACKS
from tests.support.token_world import (
    AUDIENCE,
    CLAIMS,
    ES,
    GOOD,
    HS,
    ISSUER,
    KEYS,
    NOW,
    Attack,
    raw_claims,
    signed,
    with_signature,
    without,
)

SETTINGS: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "typ": "at+jwt", "require": ("exp", "sub")}
VERIFIER = Verifier(KEYS, **SETTINGS)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "x.y", "a]b", "\\", ""])
hints = st.sampled_from([ISSUER, AUDIENCE, [AUDIENCE], NOW + 300, NOW, NOW - 1, 1e300, "42", True])
members = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x"])
said = st.sampled_from(["HS256", "none", "EdDSA", "hs", "es", "at+jwt", "JWT", "application/AT+JWT", ""])


def judged(token: Any, **other: Any) -> Verdict:
    return judge(token, KEYS, **{**SETTINGS, "now": NOW, "source": "the test", **other})


def found(verdict: Verdict) -> dict[str, Outcome]:
    return {check.id: check.outcome for check in verdict.checks}


def failures(verdict: Verdict) -> dict[str, Check]:
    return {check.id: check for check in verdict.checks if check.outcome == "failed"}


def agrees(token: Any, verifier: Verifier[Any] = VERIFIER, **other: Any) -> None:
    """The verdict is the verifier's, and the first check that failed is the reason."""
    verdict = judged(token, **other)
    try:
        claims, code = verifier.verify(token, now=NOW), ""
    except TokenRefused as refused:
        claims, code = {}, refused.code
    failed = [check.code for check in verdict.checks if check.outcome == "failed"]
    assert (verdict.accepted, verdict.code, verdict.claims) == (not code, code, claims)
    assert (failed[0] if failed else "") == code, verdict.checks
    assert code or {check.outcome for check in verdict.checks} == {"passed"}


# It never disagrees


@pytest.mark.parametrize("name", GOOD)
def test_a_good_token_passes_every_check(name: str) -> None:
    agrees(GOOD[name])
    verdict = judged(GOOD[name])
    assert set(found(verdict).values()) == {"passed"}
    *verifiers, gates = CHECKS.items()
    assert [(check.id, check.asked) for check in verdict.checks] == verifiers
    assert gates[0] == "gate"
    assert verdict.key is not None
    assert verdict.key.source == "the test"


@pytest.mark.parametrize("attack", [*HEADER_ATTACKS, *TOKEN_ATTACKS], ids=lambda attack: attack.name)
def test_the_first_check_that_an_attack_fails_is_the_one_it_is_refused_for(attack: Attack) -> None:
    agrees(attack.token)


@given(st.sampled_from(list(GOOD.values())), st.data())
@settings(max_examples=150, deadline=None)
def test_a_changed_token_is_judged_as_the_verifier_judges_it(token: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(token) - 1))
    end = data.draw(st.integers(start, min(len(token), start + 3)))
    put = data.draw(st.text("AQgwZm9veyJ-_=+/. é", max_size=3))
    agrees(token[:start] + put + token[end:])


@given(st.dictionaries(names, values | hints, max_size=5), st.dictionaries(members, said | values, max_size=3))
@settings(max_examples=250, deadline=None)
def test_any_claims_and_headers_are_judged_as_the_verifier_judges_them(
    claims: dict[str, Any], header: dict[str, Any]
) -> None:
    agrees(signed(HS | header, CLAIMS | claims))


@given(
    names, st.sampled_from(["1e400", "{", "}", '"', "[[", "\\ud800", '"\\ud800"', "NaN", "1" * 5000, "[" * 99, "null"])
)
@settings(max_examples=100, deadline=None)
def test_broken_json_is_judged_as_the_verifier_judges_it(name: str, text: str) -> None:
    agrees(signed(HS, raw_claims(name, text)))


@given(st.text(max_size=30) | st.text("a.", max_size=8))
@settings(max_examples=50, deadline=None)
def test_any_text_is_judged_as_the_verifier_judges_it(text: str) -> None:
    agrees(text)


@pytest.mark.parametrize("other", [{"issuer": None}, {"audience": None}, {"typ": None}, {"require": ("nbf", "a.b")}])
@pytest.mark.parametrize("claims", [{}, {"nbf": NOW}, {"nbf": None}, {"a.b": 0, "nbf": NOW + 9}, {"a.b": None}])
def test_what_is_not_asked_is_not_judged(other: dict[str, Any], claims: dict[str, Any]) -> None:
    verifier = Verifier(KEYS, **{**SETTINGS, **other})
    agrees(signed(HS, CLAIMS | claims), verifier, **other)
    agrees(signed({"alg": "HS256"}, {"sub": "42"}), verifier, **other)


# What it tells


def test_all_that_is_wrong_is_told() -> None:
    """Another signer, another issuer and service, expired, not valid yet, and of another type."""
    claims = {"iss": "https://evil.test", "aud": "x", "exp": NOW - 90, "nbf": NOW + 90}
    verdict = judged(with_signature(signed(HS | {"typ": "JWT"}, claims), b"x" * 32))
    assert verdict.code == "bad_signature"
    assert {name: check.code for name, check in failures(verdict).items()} == {
        "signature": "bad_signature",
        "type": "wrong_type",
        "required": "missing_claim",
        "issuer": "wrong_issuer",
        "audience": "wrong_audience",
        "end": "token_expired",
        "begin": "token_not_yet_valid",
    }
    assert failures(verdict)["end"].reason == "It expired 2023-11-14 22:11:50Z, 1 min 30 s ago."
    assert failures(verdict)["begin"].reason == "It becomes valid 2023-11-14 22:14:50Z, in 1 min 30 s."
    assert failures(verdict)["issuer"].reason == f"iss is https://evil.test; asked for is {ISSUER}."
    assert failures(verdict)["required"].reason == "Missing: sub."


def test_what_hangs_on_something_else_stays_undecided() -> None:
    cut = found(judged(GOOD["HS256"].rpartition(".")[0]))
    assert cut.pop("form") == "failed"
    assert set(cut.values()) == {"undecided"}
    unread = found(judged(signed({"alg": "HS256", "crit": []}, CLAIMS)))
    assert [unread[name] for name in ("header", "key", "signature", "type", "issuer")] == [
        *("failed", "undecided", "undecided", "undecided", "passed")
    ]
    mistyped = found(judged(signed(HS, CLAIMS | {"iss": 1, "exp": "5", "aud": {}})))
    assert [mistyped[name] for name in ("types", "required", "issuer", "audience", "end", "begin")] == [
        *("failed", "passed", "undecided", "undecided", "undecided", "passed")
    ]


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (HS | {"alg": "none"}, "It says that it is not signed"),
        (HS | {"kid": "es"}, "The key of that kid is bound to ES256; the token says HS256, and has no say in it."),
        (HS | {"kid": "evil"}, "No key has the kid evil; known are hs, es, rs, ed."),
        ({"alg": "PS512", "typ": "at+jwt"}, "keys are for ES256, Ed25519, HS256, RS256."),
    ],
)
def test_why_no_key_is_known_is_said(header: dict[str, Any], why: str) -> None:
    assert why in failures(judged(signed(header)))["key"].reason


def test_a_key_for_another_purpose_is_not_one_to_verify_with() -> None:
    key = Key.from_jwk(Key.generate("ES256").public().jwk() | {"kid": "es", "use": "sig"})
    other = Key.from_jwk(Key.generate("ECDH-ES", kid="es").jwk(private=True))
    for keys in (KeySet([other]), KeySet([key, other])):
        verdict = judge(GOOD["ES256"], keys, **SETTINGS, now=NOW)
        expected = "unknown_key" if len(keys) == 1 else "bad_signature"
        assert verdict.code == expected
    alone = failures(judge(GOOD["ES256"], other, **SETTINGS, now=NOW))
    assert alone["key"].reason == "The key of that kid is not there to verify signatures."


def test_which_key_made_the_signature_is_said() -> None:
    verdict = judged(GOOD["ES256"])
    assert verdict.key is not None
    assert (verdict.key.kid, verdict.key.alg, verdict.key.source) == ("es", "ES256", "the test")
    assert found(verdict)["key"] == "passed"


def test_a_key_in_the_token_is_never_used() -> None:
    evil = Key.generate("ES256", kid="es")
    token = jws.sign(json.dumps(CLAIMS).encode(), evil, header={"typ": "at+jwt", "jwk": evil.public().jwk()})
    verdict = judged(token)
    assert (verdict.accepted, verdict.code, verdict.key) == (False, "bad_signature", None)


def test_leeway_counts_and_is_named() -> None:
    token = signed(HS, CLAIMS | {"exp": NOW - 5})
    assert judged(token).code == "token_expired"
    verdict = judged(token, leeway=10)
    assert verdict.accepted
    assert verdict.checks[-2].reason.endswith("with 10 s for clocks that differ.")


def test_a_token_without_an_end_passes_only_where_none_is_asked_for() -> None:
    token = signed(HS, without("exp"))
    assert judged(token).code == "missing_claim"
    assert judged(token, require=()).accepted


def test_settings_that_no_verifier_takes_are_misuse() -> None:
    with pytest.raises(Misuse):
        judge(GOOD["HS256"], KEYS, issuer=ISSUER, audience=(), typ=None)


@pytest.mark.parametrize("now", [float("nan"), float("inf"), 1e300, "1", True])
def test_a_time_that_is_none_is_misuse(now: Any) -> None:
    with pytest.raises(Misuse):
        judged(GOOD["HS256"], now=now)
    with pytest.raises(Misuse):
        inspect(GOOD["HS256"], now=now)


def test_one_key_is_a_set_of_one() -> None:
    key = Key.generate("HS256")
    assert judge(GOOD["HS256"], key, **SETTINGS, now=NOW).code == "unknown_key"
    assert judge(GOOD["HS256"], KeySet(), **SETTINGS, now=NOW).code == "unknown_key"


def test_neither_verdict_nor_check_shows_the_token_when_it_is_printed() -> None:
    verdict = judged(signed(ES))
    assert repr(verdict) == "Verdict(bad_signature)"
