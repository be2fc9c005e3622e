"""The claims of an access token: names and types of the wire, nothing more."""

import json
from typing import Any

import msgspec
import pytest

from gatepass.tokens.access import TYP, AccessClaims

LEAST: dict[str, Any] = {
    "iss": "https://id.example",
    "sub": "u1",
    "aud": "https://bank.example",
    "exp": 1_800_000_300,
    "iat": 1_800_000_000,
    "jti": "j1",
    "client_id": "gatepass-first-party",
}
MOST: dict[str, Any] = LEAST | {
    "aud": ["https://bank.example", "https://retirement.example"],
    "scope": "transfer pension:read",
    "sid": "s1",
    "auth_time": 1_799_999_000,
    "acr": "1",
    "amr": ["pwd", "otp"],
    "nbf": 1_800_000_000,
    "cnf": {"jkt": "x"},
    "status": {"status_list": {"idx": 5, "uri": "https://id.example/status/1"}},
    "preferred_username": "anna",
    "name": "Anna",
    "email": "anna@mail.example",
    "email_verified": True,
}


def read(claims: dict[str, Any]) -> AccessClaims:
    return msgspec.json.decode(json.dumps(claims), type=AccessClaims)


def test_an_access_token_has_a_type_of_its_own() -> None:
    """RFC 9068 section 2.1."""
    assert TYP == "at+jwt"


@pytest.mark.parametrize("claims", [LEAST, MOST], ids=["least", "most"])
def test_what_was_read_is_written_alike(claims: dict[str, Any]) -> None:
    """A claim that is not there is left out, not null."""
    assert json.loads(msgspec.json.encode(read(claims))) == claims


@pytest.mark.parametrize("name", LEAST)
def test_each_required_claim_is_required(name: str) -> None:
    """RFC 9068 section 2.2."""
    with pytest.raises(msgspec.ValidationError):
        read({claim: value for claim, value in LEAST.items() if claim != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exp", "1800000300"),
        ("exp", True),
        ("exp", None),
        ("exp", [1]),
        ("exp", 1.5),
        ("iat", {}),
        ("nbf", "0"),
        ("aud", None),
        ("aud", 5),
        ("aud", [5]),
        ("aud", {}),
        ("sub", 5),
        ("sub", None),
        ("iss", ["https://id.example"]),
        ("scope", ["a"]),
        ("scope", None),
        ("amr", "pwd"),
        ("email_verified", "true"),
        ("email_verified", 1),
        ("cnf", "x"),
        ("status", []),
        ("auth_time", False),
    ],
)
def test_a_claim_of_the_wrong_type_is_refused(name: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(LEAST | {name: value})


def test_claims_that_nobody_here_knows_are_skipped() -> None:
    assert read(LEAST | {"https://example/roles": ["x"]}) == read(LEAST)


def test_audiences_are_a_tuple_however_they_are_written() -> None:
    """RFC 7519 section 4.1.3."""
    assert read(LEAST).audiences == ("https://bank.example",)
    assert read(MOST).audiences == ("https://bank.example", "https://retirement.example")
    assert read(LEAST | {"aud": []}).audiences == ()


def test_claims_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        read(LEAST).sub = "u2"  # type: ignore[misc]
