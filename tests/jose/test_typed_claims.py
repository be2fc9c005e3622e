"""Claims as a Struct: its own types may be stricter than the verifier's, and never weaken them."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from gatepass.jose import Key, TokenRefused, Verifier
from gatepass.jose.claims import LATEST, NumericDate, Seconds
from gatepass.tokens.access import AccessClaims
from tests.support import forge

SECRET = b"0123456789abcdef0123456789abcdef"
KEY = Key.from_secret(SECRET, alg="HS256")
NOW = 1_700_000_000
GOOD = {"iss": "https://id.test", "sub": "u", "aud": "https://shop.test", "exp": NOW + 300, "iat": NOW, "jti": "j"}
ASKED: dict[str, Any] = {"issuer": GOOD["iss"], "audience": GOOD["aud"], "typ": None, "require": ("exp", "client_id")}


class Strict(msgspec.Struct, frozen=True, kw_only=True):
    """Declares every registered claim as the verifier does, so its payload is decoded once."""

    iss: str
    sub: str | UnsetType = UNSET
    aud: str | list[str]
    exp: Seconds
    nbf: NumericDate | UnsetType = UNSET
    iat: Seconds | UnsetType = UNSET
    jti: str | UnsetType = UNSET
    client_id: str


class Forgetful(msgspec.Struct):
    """Declares nothing that a verifier looks at."""

    client_id: Any = None


class Lenient(msgspec.Struct, kw_only=True):
    """Takes any number for a date, and null for what is absent."""

    iss: str | None = None
    sub: Any = None
    aud: str | list[str] | None = None
    exp: float | None = None
    nbf: int | None = None
    iat: Any = None
    jti: str | None = None
    client_id: str | None = None


class Defaulting(msgspec.Struct, kw_only=True):
    """Fills in what is required."""

    iss: str = "https://id.test"
    sub: str = "u"
    aud: str = "https://shop.test"
    exp: Seconds = LATEST
    nbf: NumericDate = 0
    iat: NumericDate = 0
    jti: str = "j"
    client_id: str = "c"


class Prolonging(Strict, frozen=True):
    """Changes what was read."""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "exp", LATEST)


class Shadowing(Strict, frozen=True):
    """Shows something else than what was read."""

    @property  # type: ignore[misc]
    def exp(self) -> int:
        return LATEST


class Unsettled(Strict, frozen=True, kw_only=True):
    """Does without what is required."""

    exp: NumericDate | UnsetType = UNSET  # type: ignore[assignment]
    client_id: str | UnsetType = UNSET  # type: ignore[assignment]


class Renaming(msgspec.Struct, kw_only=True, rename={"exp": "nbf", "nbf": "exp"}):
    """Calls the end the beginning."""

    iss: str
    sub: str
    aud: str
    exp: NumericDate | UnsetType = UNSET
    nbf: NumericDate
    iat: NumericDate
    jti: str
    client_id: str


KINDS = [dict, Strict, AccessClaims, Forgetful, Lenient, Defaulting, Prolonging, Shadowing, Unsettled, Renaming]
BAD: dict[str, tuple[str, str | None]] = {
    "iss": ("wrong_issuer", "iss"),
    "aud": ("wrong_audience", "aud"),
    "exp": ("token_expired", "exp"),
    "nbf": ("token_not_yet_valid", "nbf"),
}


def token(**changed: Any) -> str:
    claims = {**GOOD, "client_id": "c", **changed}
    return with_payload(json.dumps({name: value for name, value in claims.items() if value is not ...}).encode())


def with_payload(body: bytes) -> str:
    return forge.mac(f"{forge.segment({'alg': 'HS256'})}.{forge.segment(body)}", SECRET)


def refusal(kind: Any, text: str, now: float = NOW) -> tuple[str, str | None]:
    with pytest.raises(TokenRefused) as caught:
        Verifier(KEY, claims=kind, **ASKED).verify(text, now=now)
    return caught.value.code, caught.value.claim


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_token_is_good_whatever_its_claims_become(kind: Any) -> None:
    assert isinstance(Verifier(KEY, claims=kind, **ASKED).verify(token(), now=NOW), kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "value"), [("iss", "x"), ("aud", "x"), ("exp", NOW), ("exp", 0), ("nbf", NOW + 1)])
def test_no_struct_weakens_a_check(kind: Any, name: str, value: Any) -> None:
    assert refusal(kind, token(**{name: value})) == BAD[name]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["iss", "aud", "exp", "client_id"])
def test_no_struct_does_without_a_required_claim(kind: Any, name: str) -> None:
    assert refusal(kind, token(**{name: ...})) == ("missing_claim", name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"])
@pytest.mark.parametrize("value", [None, {}])
def test_no_struct_takes_null_or_an_object_for_a_registered_claim(kind: Any, name: str, value: Any) -> None:
    assert refusal(kind, token(**{name: value})) == ("bad_claim", name)


@pytest.mark.parametrize("kind", KINDS)
def test_no_struct_takes_null_for_another_required_claim(kind: Any) -> None:
    assert refusal(kind, token(client_id=None)) == ("bad_claim", "client_id")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", [-1, LATEST + 1, 10**30, True, "1", [NOW]])
def test_no_struct_takes_what_is_no_date(kind: Any, name: str, value: Any) -> None:
    assert refusal(kind, token(**{name: value})) == ("bad_claim", name)


@pytest.mark.parametrize("kind", KINDS)
def test_no_struct_takes_a_deeply_nested_claim_that_it_does_not_declare(kind: Any) -> None:
    assert refusal(kind, with_payload(b'{"x":' + b"[" * 40 + b"]" * 40 + b"}"))[0] == "malformed_token"


@pytest.mark.parametrize("kind", KINDS)
def test_no_struct_takes_text_that_is_not_utf8_in_a_claim_that_it_does_not_declare(kind: Any) -> None:
    assert refusal(kind, with_payload(json.dumps({**GOOD, "client_id": "c"}).encode()[:-1] + b',"x":"\xff"}')) == (
        "malformed_token",
        None,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_times_count_from_the_cache_as_well(kind: Any) -> None:
    verifier = Verifier(KEY, claims=kind, cache=10, **ASKED)
    sent = token(nbf=NOW - 1)
    assert verifier.verify(sent, now=NOW) == verifier.verify(sent, now=NOW)
    for now, code in ((NOW - 2, "token_not_yet_valid"), (NOW + 300, "token_expired")):
        with pytest.raises(TokenRefused) as caught:
            verifier.verify(sent, now=now)
        assert caught.value.code == code


@pytest.mark.parametrize("audience", ["https://shop.test", ["x", "https://shop.test"]])
@pytest.mark.parametrize("asked", ["https://shop.test", ["https://bank.test", "https://shop.test"]])
@pytest.mark.parametrize("kind", [dict, Strict])
def test_one_audience_in_common_is_enough(kind: Any, asked: Any, audience: Any) -> None:
    verifier = Verifier(KEY, claims=kind, **{**ASKED, "audience": asked})
    assert verifier.verify(token(aud=audience), now=NOW)
    with pytest.raises(TokenRefused):
        verifier.verify(token(aud=["x", "y"]), now=NOW)
