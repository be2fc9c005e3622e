"""A pasted token is decoded as far as it goes, and what is wrong with a part is said there."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.inspection import Inspection, inspect, unwrapped
from gatepass.inspection.times import duration, relative
from gatepass.jose import TokenRefused
from gatepass.kernel.decoding import Undecodable
from tests.support.forge import b64, segment, token
from tests.support.token_world import CLAIMS, GOOD, HS, NOW

# RFC 7519 section 3.1, and RFC 7516 appendix A.1.7.
JWT = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)


def looked(text: str) -> Inspection:
    return inspect(text, now=NOW)


def problems(text: str) -> dict[str, list[str]]:
    return {part.name: [one.id for one in part.problems] for part in looked(text).parts if part.problems}


def test_the_example_of_the_standard_is_read() -> None:
    seen = looked(JWT)
    assert (seen.complete, seen.encrypted) == (True, False)
    assert [(member.name, member.value) for member in seen.parts[0].members] == [("typ", "JWT"), ("alg", "HS256")]
    assert seen.claims == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert [(part.name, part.size, part.problems) for part in seen.parts] == [
        ("header", 30, ()),
        ("payload", 70, ()),
        ("signature", 32, ()),
    ]
    assert [(one.claim, one.date, one.relative) for one in seen.timeline] == [
        ("exp", "2011-03-22 18:43:00Z", "12 y 237 d ago")
    ]


@pytest.mark.parametrize(
    "wrapping",
    [
        "{}",
        " {}\r\n",
        "'{}'",
        '"Bearer {}"',
        "bearer\t{}",
        "Authorization: Bearer {}",
        "AUTHORIZATION:DPoP {}",
        "\ufeff{}\r\n",
        "“{}”",
        "`Bearer {}`",
        '{{"access_token": "{}", "expires_in": 300}}',
    ],
)
def test_a_token_is_found_in_whatever_is_pasted(wrapping: str) -> None:
    assert unwrapped(wrapping.format(JWT)) == JWT
    broken = "\n   ".join(JWT[start : start + 30] for start in range(0, len(JWT), 30))
    if not wrapping.startswith("{{"):
        assert looked(wrapping.format(broken)).token == JWT


@pytest.mark.parametrize("spoiled", [f"{JWT}=", f"{JWT}.", JWT.replace("-", "+"), JWT.replace("_", "/"), f"{JWT};x"])
def test_nothing_inside_a_token_is_mended(spoiled: str) -> None:
    assert unwrapped(spoiled) == spoiled


def test_a_token_is_read_as_far_as_it_was_pasted() -> None:
    """Every beginning that holds a bit of the header is decoded, and nothing is made up."""
    whole = GOOD["ES256"]
    for length in range(2, len(whole)):
        seen = looked(whole[:length])
        assert seen.complete == (whole[:length].count(".") == 2)
        assert not [one for part in seen.parts[:-1] for one in part.problems]
        if length > whole.rindex("."):
            assert seen.claims == CLAIMS


def test_a_cut_part_shows_its_text_and_is_called_cut() -> None:
    head = looked(JWT[:20]).parts
    assert [(part.name, part.cut, part.content) for part in head] == [("header", True, '{"typ":"JWT",\r\n')]
    parts = looked(JWT[:60]).parts
    assert (parts[0].cut, parts[1].cut, parts[1].content, parts[1].problems) == (False, True, '{"iss":"joe",\r', ())
    assert looked(JWT[:60]).claims == {}


def test_an_encrypted_token_shows_its_header_and_how_long_the_rest_is() -> None:
    header = segment({"alg": "RSA-OAEP", "enc": "A256GCM"})
    seen = looked(f"{header}.{b64(b'k' * 256)}.{b64(b'i' * 12)}.{b64(b'c' * 60)}.{b64(b't' * 16)}")
    assert (seen.encrypted, seen.complete, seen.claims) == (True, True, {})
    assert [(part.name, part.size) for part in seen.parts[1:]] == [
        ("encrypted key", 256),
        ("initialization vector", 12),
        ("ciphertext", 60),
        ("tag", 16),
    ]
    assert looked(header).encrypted
    assert not looked(f"{header}.").complete


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (f"{JWT}=", {"signature": ["padded"]}),
        (JWT.replace("-", "+").replace("_", "/"), {"signature": ["standard_alphabet"]}),
        (f"{JWT}%3D", {"signature": ["foreign_characters"]}),
        (f"{JWT[:-1]}l", {"signature": ["unused_bits"]}),
        (f"{JWT}AA", {"signature": ["impossible_length"]}),
        (token(b'{"a":1,}', CLAIMS), {"header": ["bad_json"]}),
        (
            token(b'{"a":1,"a":2}', b'{"b":{"c":1,"c":2}}'),
            {"header": ["duplicate_names"], "payload": ["duplicate_names"]},
        ),
        (token(HS, b"[1]"), {"payload": ["not_an_object"]}),
        (token(HS, b"hello"), {"payload": ["bad_json"]}),
        (token(HS, b""), {"payload": ["bad_json"]}),
        (token(HS, b'{"a":"\xff"}'), {"payload": ["bad_json"]}),
        (token(HS, b'{"a":' + b"[" * 99 + b"]" * 99 + b"}"), {"payload": ["too_deep"]}),
        (token(HS, b'{"a":' + b"1" * 5000 + b"}"), {"payload": ["bad_json"]}),
    ],
)
def test_what_is_wrong_with_a_part_is_said(text: str, wrong: dict[str, list[str]]) -> None:
    assert problems(text) == wrong


def test_names_that_occur_twice_are_both_shown() -> None:
    members = looked(token(b'{"alg":"ES256","alg":"none"}', CLAIMS)).parts[0].members
    assert [(member.name, member.value) for member in members] == [("alg", "ES256"), ("alg", "none")]


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "[1]", f"{JWT}.a.b.c", "Bearer ", '{"token": "x"}', "x" * 1_000_001]
)
def test_what_does_not_begin_like_a_token_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused) as caught:
        looked(text)
    assert caught.value.code == "malformed_token"


@pytest.mark.parametrize("text", ['{"access_token": ', "{" * 100_000])
def test_an_answer_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(Undecodable):
        looked(text)


def test_the_dates_stand_in_their_order() -> None:
    claims = {"exp": NOW + 300, "nbf": NOW - 60.5, "iat": NOW - 90_061, "auth_time": NOW}
    assert [(one.claim, one.from_now, one.relative) for one in looked(token(HS, claims)).timeline] == [
        ("iat", -90_061, "1 d 1 h ago"),
        ("nbf", -60.5, "1 min ago"),
        ("auth_time", 0, "now"),
        ("exp", 300, "in 5 min"),
    ]


@pytest.mark.parametrize("value", [True, "1", None, -1, 253402300800, 1e300, [1]])
def test_what_is_no_date_is_not_in_the_line_of_time(value: Any) -> None:
    assert looked(token(HS, {"exp": value})).timeline == ()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3_661, "1 h 1 min"), (3_601, "1 h"), (86_399, "23 h 59 min")],
)
def test_a_length_of_time_is_said_in_two_units_at_most(seconds: int, text: str) -> None:
    assert duration(seconds) == duration(-seconds) == text
    assert relative(-seconds) == ("now" if not seconds else f"{text} ago")


def test_nothing_of_a_token_is_in_the_repr() -> None:
    seen = looked(token(HS, {"sub": "hidden"}))
    assert repr(seen) == "Inspection(header, payload, signature)"
    assert repr(seen.parts[1]) == "Part(payload, 17 bytes)"


parts = st.sampled_from(GOOD["HS256"].split(".")) | st.text("AQgwZm9veyJ-_=+/. \n", max_size=9) | st.text(max_size=5)


@given(st.lists(parts, max_size=6).map(".".join) | st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        seen = inspect(text, now=NOW)
    except (TokenRefused, Undecodable):
        return
    assert seen.token == ".".join(part.text for part in seen.parts)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
any_names = (
    st.sampled_from(["alg", "typ", "kid", "p2c", "enc", "iss", "aud", "exp", "nbf", "iat", "auth_time"]) | st.text()
)


@given(st.dictionaries(any_names, json_values, max_size=6), st.dictionaries(any_names, json_values, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_header_and_claims_are_read_as_they_were_written(header: dict[str, Any], claims: dict[str, Any]) -> None:
    seen = inspect(token(header, claims), now=NOW)
    if not any(part.problems for part in seen.parts):
        assert json.dumps(dict(seen.header)) == json.dumps(header)
        assert seen.encrypted or json.dumps(dict(seen.claims)) == json.dumps(claims)
