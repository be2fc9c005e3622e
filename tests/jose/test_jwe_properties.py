"""What holds for every content, every change and every text a stranger may send encrypted."""

import functools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatepass.jose import KeySet, TokenRefused, jwe
from tests.support.forge import b64, unb64
from tests.support.jose_keys import made
from tests.support.jwe_world import GOOD_JWE, KEYS, PLAINTEXT, deflated, in_json, sealed

ALGORITHMS = ["dir", "A128KW", "A256GCMKW", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A192KW"]
METHODS = ["A256GCM", "A128CBC-HS256"]
OURS = KeySet([made(alg) for alg in ALGORITHMS])
COMPACT = [name for name, token in GOOD_JWE.items() if isinstance(token, str) and token.count(".") == 4]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
names = st.sampled_from(["alg", "enc", "kid", "zip", "crit", "epk", "apu", "iv", "tag", "p2s", "typ", "cty"])
known = st.sampled_from(
    [
        "A128KW",
        "dir",
        "ECDH-ES",
        "A128GCMKW",
        "none",
        "A256GCM",
        "A128CBC-HS256",
        "kw",
        "dir",
        "ec",
        "gcm",
        "DEF",
        "AAAA",
    ]
)
headers = st.dictionaries(names | texts, known | values, max_size=6)
members = st.dictionaries(
    st.sampled_from(
        ["protected", "unprotected", "header", "encrypted_key", "recipients", "iv", "ciphertext", "tag", "aad", "x"]
    ),
    values | headers | st.lists(headers | values, max_size=3) | st.sampled_from(["AAAA", "AA", b64(bytes(16))]),
    max_size=5,
)
segments = st.text("AQgwZm9veyJ-_=+/. \n", max_size=12) | st.sampled_from(
    [part for name in COMPACT for part in GOOD_JWE[name].split(".")]
)


def outcome(token: Any, **options: Any) -> str:
    """`good`, or the code of the refusal; anything else escapes and fails the test."""
    try:
        jwe.decrypt(token, KEYS, **options)
    except TokenRefused as refused:
        return refused.code
    return "good"


@functools.cache
def encrypted(alg: str, enc: str) -> str:
    return jwe.encrypt(PLAINTEXT, made(alg), enc=enc)


@pytest.mark.parametrize("alg", ALGORITHMS)
@settings(max_examples=25, deadline=None)
@given(text=st.binary(max_size=200), aad=st.binary(max_size=40), enc=st.sampled_from(METHODS), squeeze=st.booleans())
def test_what_was_encrypted_comes_back(alg: str, text: bytes, aad: bytes, enc: str, squeeze: bool) -> None:
    zip = "DEF" if squeeze else None
    tokens: list[Any] = [
        jwe.encrypt(text, made(alg), enc=enc, zip=zip),
        jwe.encrypt_json(text, made(alg), enc=enc, zip=zip, aad=aad),
        jwe.encrypt_json(text, [made(alg)], enc=enc, zip=zip, aad=aad),
    ]
    for token in tokens:
        assert jwe.decrypt(token, OURS, max_inflated=200) == text
    assert jwe.decrypt(json.dumps(tokens[2]), made(alg), aad=aad, max_inflated=200) == text


@pytest.mark.parametrize("enc", METHODS)
@pytest.mark.parametrize("alg", ALGORITHMS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_changed_character_is_refused(alg: str, enc: str, data: st.DataObject) -> None:
    token = encrypted(alg, enc)
    at = data.draw(st.integers(0, len(token) - 1))
    new = data.draw(st.sampled_from("ABQgwxyz0189-_.=+/ ").filter(lambda letter: letter != token[at]))

    with pytest.raises(TokenRefused):
        jwe.decrypt(token[:at] + new + token[at + 1 :], OURS)


@pytest.mark.parametrize("alg", ALGORITHMS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_refused_alike(alg: str, data: st.DataObject) -> None:
    """Of key, vector, content and tag: wherever it is, the refusal is the same."""
    parts = encrypted(alg, "A256GCM").split(".")
    at = data.draw(st.sampled_from([n for n in range(1, 5) if parts[n]]))
    octets = bytearray(unb64(parts[at]))
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises(TokenRefused, match="decryption_failed"):
        jwe.decrypt(".".join([*parts[:at], b64(bytes(octets)), *parts[at + 1 :]]), made(alg))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_cut_or_insertion_is_refused(data: st.DataObject) -> None:
    token = GOOD_JWE[data.draw(st.sampled_from([name for name in COMPACT if name != "RSA-OAEP-256"]))]
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, len(token)))
    changed = token[:start] + data.draw(st.text("AZ-_.=", max_size=4)) + token[end:]

    assert changed == token or outcome(changed) != "good"


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_changed_member_of_a_token_in_json_is_refused(data: st.DataObject) -> None:
    good = in_json(extra=b"for all to read")
    name = data.draw(st.sampled_from([*good]))
    at = data.draw(st.integers(0, len(good[name]) - 1))
    new = data.draw(st.sampled_from("ABQgwxyz0189-_.=+/ ").filter(lambda letter: letter != good[name][at]))

    assert outcome({**good, name: good[name][:at] + new + good[name][at + 1 :]}) != "good"


@settings(deadline=None)
@given(
    st.text() | st.binary() | values | members | members.map(json.dumps) | st.lists(segments, max_size=6).map(".".join)
)
def test_whatever_a_stranger_sends_only_our_errors_come_out(token: Any) -> None:
    assert outcome(token) in ("good", *TokenRefused.codes)
    try:
        jwe.unseal(token, KEYS)
    except TokenRefused:
        return


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(headers)
def test_whatever_header_was_sealed_only_our_errors_come_out(header: dict[str, Any]) -> None:
    assert outcome(sealed(header), max_inflated=100) in ("good", *TokenRefused.codes)
    assert outcome(in_json({"enc": "A256GCM"}, header=header)) in ("good", *TokenRefused.codes)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_whatever_was_called_compressed_stays_in_its_bound(compressed: bytes) -> None:
    token = deflated(compressed)
    code = outcome(token, max_inflated=50)

    assert code == "malformed_token" or len(jwe.decrypt(token, KEYS, max_inflated=50)) <= 50
