"""The verifier: what must be said, what is checked and in which order, what comes out."""

import threading
from typing import Any

import msgspec
import pytest

from gatepass.jose import Key, KeySet, Signer, TokenRefused, Verifier
from gatepass.kernel.errors import Misuse
from tests.support import forge

KEY = Key.from_secret(b"0123456789abcdef0123456789abcdef", alg="HS256", kid="k")
OTHER = Key.from_secret(b"fedcba9876543210fedcba9876543210", alg="HS256", kid="k")
NOW = 1_700_000_000
CLAIMS = {"iss": "https://id.test", "aud": "https://shop.test", "sub": "42", "exp": NOW + 300}


class Claims(msgspec.Struct, frozen=True):
    sub: str
    exp: int
    role: str = "none"


class Renamed(msgspec.Struct, rename={"subject": "sub", "roles": "https://roles.test/v1.0"}):
    subject: str
    roles: list[str]


class Forbidding(msgspec.Struct, forbid_unknown_fields=True):
    sub: str


class Anything(msgspec.Struct):
    x: Any = None


class Listed(msgspec.Struct, array_like=True):
    sub: str


def token(key: Key = KEY, /, typ: str | None = None, **changed: Any) -> str:
    """A token of the claims above with some changed; None takes one away."""
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    return Signer(key, typ=typ).sign(claims)


def verifier(**changed: Any) -> Verifier[Any]:
    said: dict[str, Any] = {"issuer": None, "audience": None, "typ": None, **changed}
    return Verifier(said.pop("keys", KEY), **said)


def refusal(one: Verifier[Any], text: Any, now: float = NOW) -> tuple[str, str | None]:
    with pytest.raises(TokenRefused) as caught:
        one.verify(text, now=now)
    return caught.value.code, caught.value.claim


@pytest.mark.parametrize("name", ["issuer", "audience", "typ"])
def test_what_is_checked_must_be_said(name: str) -> None:
    said: dict[str, None] = {"issuer": None, "audience": None, "typ": None}
    del said[name]
    with pytest.raises(Misuse, match=f"Say {name}="):
        Verifier(KEY, **said)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "wrong",
    [
        *({"issuer": ""}, {"issuer": 5}, {"issuer": ["https://id.test"]}, {"typ": ""}, {"typ": 5}),
        *(
            {"audience": ""},
            {"audience": []},
            {"audience": [""]},
            {"audience": 5},
            {"audience": [5]},
            {"audience": b"a"},
        ),
        *({"require": "exp"}, {"require": None}, {"require": [5]}, {"require": [""]}, {"require": 5}),
        *(
            {"leeway": -1},
            {"leeway": 601},
            {"leeway": "5"},
            {"leeway": None},
            {"leeway": True},
            {"leeway": float("nan")},
        ),
        *({"cache": -1}, {"cache": 1.5}, {"cache": "5"}, {"cache": None}, {"max_bytes": 0}, {"max_bytes": None}),
        *(
            {"claims": list},
            {"claims": None},
            {"claims": Listed},
            {"claims": int},
            {"claims": Claims("", 1)},
            {"claims": "dict"},
        ),
        *({"keys": None}, {"keys": "secret"}, {"keys": [KEY]}, {"keys": {"keys": []}}),
    ],
    ids=repr,
)
def test_a_verifier_that_cannot_work_is_a_mistake(wrong: dict[str, Any]) -> None:
    with pytest.raises(Misuse):
        verifier(**wrong)


def test_nothing_but_the_signature_and_exp_is_checked_when_so_said() -> None:
    assert verifier().verify(token(), now=NOW) == CLAIMS


@pytest.mark.parametrize(
    "audience", ["https://shop.test", ["https://x.test", "https://shop.test"], {"https://shop.test"}]
)
def test_one_common_audience_is_enough(audience: Any) -> None:
    for aud in ("https://shop.test", ["https://y.test", "https://shop.test"]):
        assert verifier(audience=audience).verify(token(aud=aud), now=NOW)["sub"] == "42"
    assert refusal(verifier(audience=audience), token(aud="https://y.test")) == ("wrong_audience", "aud")


def test_what_was_said_must_be_in_the_token_even_if_not_required() -> None:
    assert refusal(verifier(issuer="https://id.test", require=()), token(iss=None)) == ("missing_claim", "iss")
    assert refusal(verifier(audience="https://shop.test", require=()), token(aud=None)) == ("missing_claim", "aud")


def test_a_token_without_exp_is_good_for_ever_only_when_so_said() -> None:
    assert refusal(verifier(), token(exp=None)) == ("missing_claim", "exp")
    assert verifier(require=()).verify(token(exp=None), now=10**11)["sub"] == "42"
    assert refusal(verifier(require=()), token(), now=NOW + 300) == ("token_expired", "exp")


def test_the_first_missing_claim_is_named_in_the_order_asked() -> None:
    for asked in (("b", "a", "exp"), ("a", "b", "exp")):
        assert refusal(verifier(require=asked), token()) == ("missing_claim", asked[0])


@pytest.mark.parametrize("name", ["jti", "sid", "https://roles.test/v1.0", "a.b", "with space"])
def test_any_claim_can_be_required(name: str) -> None:
    one = verifier(require=("exp", name))

    assert one.verify(token(**{name: "x"}), now=NOW)[name] == "x"
    assert refusal(one, token(**{name: None})) == ("missing_claim", name)


def test_a_required_claim_may_not_be_null() -> None:
    signed = forge.mac_token({"alg": "HS256", "kid": "k"}, {**CLAIMS, "sid": None}, b"0123456789abcdef0123456789abcdef")

    assert verifier().verify(signed, now=NOW)["sid"] is None
    assert refusal(verifier(require=("sid",)), signed) == ("bad_claim", "sid")


@pytest.mark.parametrize(
    ("leeway", "now", "good"),
    [
        *((0, NOW + 299, True), (0, NOW + 299.9, True), (0, NOW + 300, False), (0, NOW + 301, False)),
        *((60, NOW + 359.9, True), (60, NOW + 360, False)),
    ],
)
def test_exp_is_the_first_moment_at_which_a_token_is_refused(leeway: int, now: float, good: bool) -> None:
    """RFC 7519 section 4.1.4: on or after."""
    one = verifier(leeway=leeway)
    if good:
        assert one.verify(token(), now=now)
    else:
        assert refusal(one, token(), now) == ("token_expired", "exp")


@pytest.mark.parametrize(
    ("leeway", "now", "good"),
    [(0, NOW - 0.1, False), (0, NOW, True), (60, NOW - 60.1, False), (60, NOW - 60, True)],
)
def test_nbf_is_the_first_moment_at_which_a_token_is_accepted(leeway: int, now: float, good: bool) -> None:
    """RFC 7519 section 4.1.5: not before."""
    one = verifier(leeway=leeway)
    if good:
        assert one.verify(token(nbf=NOW), now=now)
    else:
        assert refusal(one, token(nbf=NOW), now) == ("token_not_yet_valid", "nbf")


def test_iat_in_the_future_is_no_reason_to_refuse() -> None:
    """RFC 7519 section 4.1.6 lets it tell an age, nothing else."""
    assert verifier().verify(token(iat=NOW + 1000), now=NOW)["iat"] == NOW + 1000


def test_the_time_is_the_clocks_when_not_given() -> None:
    assert refusal_now(token(exp=1)) == "token_expired"
    assert refusal_now(token(exp=253402300799, nbf=253402300798)) == "token_not_yet_valid"


def refusal_now(text: str) -> str:
    with pytest.raises(TokenRefused) as caught:
        verifier().verify(text)
    return caught.value.code


@pytest.mark.parametrize("now", [float("nan"), "5", [], object()])
def test_a_now_that_is_no_time_lets_nothing_through(now: Any) -> None:
    for signed in (token(), token(exp=None, nbf=1)):
        with pytest.raises((Misuse, TokenRefused)):
            verifier(require=()).verify(signed, now=now)


def test_the_order_of_the_checks() -> None:
    """Each refusal names the first thing that is wrong, in the order of the docstring."""
    one = verifier(issuer="https://id.test", audience="https://shop.test", typ="at+jwt", require=("exp", "sid"))
    wrong: dict[str, Any] = {"iss": "x", "aud": "x", "exp": NOW, "nbf": NOW + 1, "sid": None}

    assert refusal(one, "x")[0] == "malformed_token"
    assert refusal(one, token(Key.generate("HS256", kid="x"), **wrong))[0] == "unknown_key"
    assert refusal(one, token(OTHER, **wrong))[0] == "bad_signature"
    assert refusal(one, token(**wrong))[0] == "wrong_type"
    assert refusal(one, token(typ="at+jwt", **wrong)) == ("missing_claim", "sid")
    for name, repaired, code in [
        ("sid", "s", "wrong_issuer"),
        ("iss", "https://id.test", "wrong_audience"),
        ("aud", "https://shop.test", "token_expired"),
        ("exp", NOW + 9, "token_not_yet_valid"),
    ]:
        wrong[name] = repaired
        assert refusal(one, token(typ="at+jwt", **wrong))[0] == code
    assert one.verify(token(typ="at+jwt", **{**wrong, "nbf": NOW}), now=NOW)["sid"] == "s"


def test_claims_come_as_the_struct_that_was_asked_for() -> None:
    claims = Verifier(KEY, issuer=None, audience=None, typ=None, claims=Claims).verify(token(role="admin"), now=NOW)

    assert claims == Claims(sub="42", exp=NOW + 300, role="admin")


@pytest.mark.parametrize(
    ("kind", "changed", "expected"),
    [
        (Claims, {"sub": None}, ("missing_claim", "sub")),
        (Claims, {"role": 5}, ("bad_claim", "role")),
        (Claims, {"exp": NOW + 0.5}, ("bad_claim", "exp")),
        (Renamed, {}, ("missing_claim", "https://roles.test/v1.0")),
        (Renamed, {"https://roles.test/v1.0": ["a", 5]}, ("bad_claim", "https://roles.test/v1.0")),
        (Forbidding, {}, ("bad_claim", None)),
        (Forbidding, {"evil` - at `$.sub": 5}, ("bad_claim", None)),
    ],
)
def test_claims_that_do_not_fit_the_struct_are_refused(kind: Any, changed: Any, expected: Any) -> None:
    assert refusal(verifier(claims=kind), token(**changed)) == expected


def test_the_last_of_two_equal_names_counts() -> None:
    """RFC 7519 section 4 leaves it to the verifier; only who may sign can write it."""
    payload = b'{"sub":"1","sub":"2","exp":1700000300}'
    signed = forge.mac_token({"alg": "HS256", "kid": "k"}, payload, b"0123456789abcdef0123456789abcdef")

    assert verifier().verify(signed, now=NOW)["sub"] == "2"
    assert verifier(claims=Claims).verify(signed, now=NOW).sub == "2"


@pytest.mark.parametrize("kind", [dict, Anything])
def test_claims_are_nested_no_deeper_than_recursive_code_can_bear(kind: Any) -> None:
    def nested(depth: int) -> Any:
        return [] if depth == 0 else [nested(depth - 1)]

    one = verifier(claims=kind)
    assert one.verify(token(x=nested(30), aud=["["] * 40), now=NOW)
    assert refusal(one, token(x=nested(31))) == ("malformed_token", None)
    assert refusal(one, token(x=nested(200))) == ("malformed_token", None)


def test_a_longer_token_can_be_allowed() -> None:
    payload = forge.mac_token(
        {"alg": "HS256", "kid": "k"}, {**CLAIMS, "x": "x" * 20000}, b"0123456789abcdef0123456789abcdef"
    )

    assert refusal(verifier(), payload)[0] == "malformed_token"
    assert verifier(max_bytes=50_000).verify(payload, now=NOW)["sub"] == "42"


def test_many_headers_do_not_fill_the_memory() -> None:
    """A signer that varies its headers costs time, not memory, and stays right."""
    one = verifier()
    tokens = [
        forge.mac_token({"alg": "HS256", "kid": "k", "n": n}, CLAIMS, b"0123456789abcdef0123456789abcdef")
        for n in range(200)
    ]
    for signed in tokens * 2:
        assert one.verify(signed, now=NOW) == CLAIMS
    assert len(one._seen) <= 64


def test_a_header_that_was_never_signed_is_not_remembered() -> None:
    one = verifier()
    for n in range(20):
        refusal(one, forge.mac_token({"alg": "HS256", "kid": "k", "n": n}, CLAIMS, b"wrong"))
    assert not one._seen


def test_one_verifier_serves_many_threads() -> None:
    keys = KeySet([KEY, Key.generate("HS256", kid="b"), Key.generate("ES256", kid="c")])
    one = Verifier(keys, issuer=None, audience=None, typ=None, cache=3)
    good = [token(key, sub=f"{key.kid}{n}") for key in keys for n in range(4)]
    bad = [token(OTHER, sub="evil")]
    seen: list[str] = []

    def work() -> None:
        for _ in range(60):
            seen.extend(one.verify(signed, now=NOW)["sub"] for signed in good)
            seen.append(refusal(one, bad[0])[0])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(seen)) == sorted([f"{key.kid}{n}" for key in keys for n in range(4)] + ["bad_signature"])
    assert len(seen) == 4 * 60 * 13
