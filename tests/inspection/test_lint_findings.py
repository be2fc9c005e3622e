"""Every rule finds what it is about, and a token that is as it should be has no findings."""

from typing import Any

import pytest

from gatepass.inspection import RULES, Finding, Severity, inspect
from tests.support.forge import b64, segment, token
from tests.support.token_world import NOW

HEADER: dict[str, Any] = {"alg": "ES256", "kid": "one", "typ": "at+jwt"}
CLAIMS: dict[str, Any] = {
    "iss": "https://id.test",
    "aud": "https://shop.test",
    "sub": "42",
    "iat": NOW,
    "exp": NOW + 300,
    "jti": "1",
    "scope": "pension:read",
    "roles": ["admin", {"name": "x"}],
    "active": True,
    "email_verified": True,
}
CARD = "4111 1111 1111 1111"  # a number that card schemes keep for tests


def findings(header: Any = HEADER, claims: Any = CLAIMS, signature: bytes = b"s" * 64) -> dict[str, Finding]:
    text = f"{segment(header)}.{segment(claims)}.{b64(signature)}"
    return {found.id: found for found in inspect(text, now=NOW).findings}


def without(members: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in members.items() if key != name}


def test_a_token_as_it_should_be_has_no_findings() -> None:
    assert findings() == {}


HEADERS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("alg_none", HEADER | {"alg": "nOnE"}, ["alg"]),
    ("no_alg", without(HEADER, "alg"), ["alg"]),
    ("no_alg", HEADER | {"alg": 5}, ["alg"]),
    ("weak_alg", HEADER | {"alg": "RS1"}, ["alg"]),
    ("key_inside", HEADER | {"jwk": {}, "x5c": []}, ["jwk", "x5c"]),
    ("key_inside", HEADER | {"jku": "https://evil.test", "x5u": ""}, ["jku", "x5u"]),
    ("critical_extension", HEADER | {"crit": ["b64"], "b64": False}, ["crit", "b64"]),
    ("odd_kid", HEADER | {"kid": "../../dev/null"}, ["kid"]),
    ("odd_kid", HEADER | {"kid": "x' OR '1'='1"}, ["kid"]),
    ("many_rounds", HEADER | {"p2c": 2_000_000_000}, ["p2c"]),
    ("compressed", HEADER | {"zip": "DEF"}, ["zip"]),
    ("shared_secret", HEADER | {"alg": "HS256"}, ["alg"]),
    ("vague_alg", HEADER | {"alg": "EdDSA"}, ["alg"]),
    ("no_typ", without(HEADER, "typ"), ["typ"]),
    ("vague_typ", HEADER | {"typ": "jwt"}, ["typ"]),
    ("no_kid", without(HEADER, "kid"), ["kid"]),
]
PAYLOADS: list[tuple[str, dict[str, Any], list[str]]] = [
    *((f"no_{name}", without(CLAIMS, name), [name]) for name in ("iss", "aud", "sub", "exp", "iat", "jti")),
    ("milliseconds", CLAIMS | {"exp": (NOW + 300) * 1000}, ["exp"]),
    ("milliseconds", CLAIMS | {"iat": NOW * 1000, "exp": NOW * 1000}, ["iat", "exp"]),
    ("no_date", CLAIMS | {"exp": str(NOW + 300)}, ["exp"]),
    ("no_date", CLAIMS | {"nbf": -1, "exp": True}, ["nbf", "exp"]),
    ("no_date", CLAIMS | {"exp": 10**400}, ["exp"]),
    ("no_date", CLAIMS | {"exp": None}, ["exp"]),
    ("wrong_type", CLAIMS | {"sub": 42, "aud": ["a", 1]}, ["sub", "aud"]),
    ("exp_before_iat", CLAIMS | {"exp": NOW - 1}, ["exp", "iat"]),
    ("exp_before_nbf", CLAIMS | {"nbf": NOW + 301}, ["exp", "nbf"]),
    ("days_long", CLAIMS | {"exp": NOW + 86_401}, ["exp"]),
    ("hours_long", CLAIMS | {"exp": NOW + 3_601}, ["exp"]),
    ("issued_later", CLAIMS | {"iat": NOW + 61}, ["iat"]),
    ("plain_issuer", CLAIMS | {"iss": "http://id.test"}, ["iss"]),
    ("plain_issuer", CLAIMS | {"iss": "HTTP://localhost.evil.test:80/"}, ["iss"]),
    ("many_audiences", CLAIMS | {"aud": ["a", "b"]}, ["aud"]),
    ("bound_to_key", CLAIMS | {"cnf": {"jkt": "x"}}, ["cnf"]),
    ("secret_inside", CLAIMS | {"user": {"Pass-Word": "x"}, "note": CARD}, ["user.Pass-Word", "note"]),
    ("secret_inside", CLAIMS | {"https://x.test/api_key": 5}, ["https://x.test/api_key"]),
    ("secret_inside", CLAIMS | {"x": ["$2b$12$abc"], "y": "-----BEGIN RSA PRIVATE KEY-----"}, ["x", "y"]),
    ("secret_inside", CLAIMS | {"act": token(HEADER, CLAIMS)}, ["act"]),
    ("personal_data", CLAIMS | {"email": "a@b.test", "sub": "c@d.test", "name": "A"}, ["sub", "email", "name"]),
    (
        "personal_data",
        CLAIMS | {"address": {"formatted": "x"}, "phone_number": "1"},
        ["address.formatted", "phone_number"],
    ),
    ("invisible_characters", CLAIMS | {"x": "\x1b[31m", "a\u202e": 1}, ["x", "a\u202e"]),
]


@pytest.mark.parametrize(("rule", "header", "where"), HEADERS)
def test_a_rule_finds_it_in_the_header(rule: str, header: dict[str, Any], where: list[str]) -> None:
    assert findings(header)[rule].where == tuple(where)


@pytest.mark.parametrize(("rule", "claims", "where"), PAYLOADS)
def test_a_rule_finds_it_in_the_claims(rule: str, claims: dict[str, Any], where: list[str]) -> None:
    assert findings(claims=claims)[rule].where == tuple(where)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://localhost:8000"},
        {"iss": "http://id.localhost"},
        {"iss": "http://127.0.0.1:9/x"},
        {"iss": "http://[::1]:9"},
        {"aud": ["one"]},
        {"exp": NOW + 3_600},
        {"iat": NOW + 60},
        {"card": "4111 1111 1111 1112"},
        {"password": None, "email": None},
        {"secret": False},
        {"order": "4111"},
    ],
)
def test_what_only_looks_alike_is_not_found(claims: dict[str, Any]) -> None:
    assert findings(claims=CLAIMS | claims) == {}


def test_a_signature_is_there_and_as_long_as_its_algorithm_makes_it() -> None:
    assert findings(signature=b"").keys() == {"no_signature"}
    assert findings(signature=b"0" * 71).keys() == {"signature_length"}
    assert findings({**HEADER, "alg": "RS256"}, signature=b"0" * 71) == {}


def test_a_long_token_is_found() -> None:
    assert findings(claims=CLAIMS | {"x": "y" * 4_000}).keys() == {"no_cookie"}
    assert findings(claims=CLAIMS | {"x": "y" * 16_000}).keys() == {"too_long"}


def test_what_was_not_pasted_is_not_missed() -> None:
    """Of a header alone nobody can say that its token has no exp."""
    assert inspect(segment(HEADER), now=NOW).findings == ()
    assert inspect(segment(HEADER)[:12], now=NOW).findings == ()
    assert inspect(f"{segment(HEADER)}.{segment(CLAIMS)[:40]}", now=NOW).findings == ()
    encrypted = inspect(f"{segment(HEADER | {'enc': 'A256GCM'})}....", now=NOW).findings
    assert encrypted == ()


def test_the_worst_stands_first() -> None:
    found = findings({"alg": "none"}, {}).values()
    severities = [list(Severity).index(one.severity) for one in found]
    assert severities == sorted(severities)
    assert len(set(severities)) == 3


def test_rules_have_different_ids_and_one_sentence_each() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert not [rule.id for rule in RULES if not rule.text.endswith(".") or "\n" in rule.text]


def test_every_rule_is_tried_here() -> None:
    tried = {rule for rule, _, _ in HEADERS + PAYLOADS} | {"no_signature", "signature_length", "no_cookie", "too_long"}
    assert tried == {rule.id for rule in RULES}
