"""What holds for raw signatures in every form, of every payload and header, and for whatever a stranger sends."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.jose import Key, KeySet, TokenRefused, jws
from tests.support import forge
from tests.support.forge import b64
from tests.support.jose_keys import made
from tests.support.jws_world import BODY, GOOD_JWS, HS, PAYLOAD, entry, flattened, general
from tests.support.token_world import KEYS

SIGNERS = [made("HS256"), made("ES256"), made("Ed25519"), made("RS256")]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="."), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
header_names = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "jku"]) | texts
header_values = values | st.sampled_from(["HS256", "hs", "none", "ES256", "es", ["b64"], True, False])
headers = st.dictionaries(header_names, header_values, max_size=5)
members = st.sampled_from(["payload", "protected", "header", "signature", "signatures"]) | texts
segments = st.sampled_from([BODY, "", entry(HS)["protected"], entry(HS)["signature"]]) | st.text("AQgw-_=.", max_size=8)
objects = st.recursive(
    st.dictionaries(members, values | segments | headers, max_size=6),
    lambda inner: st.dictionaries(members, inner | st.lists(inner, max_size=3) | segments, max_size=6),
    max_leaves=4,
)


def outcome(token: Any, payload: bytes | None = None) -> bytes | None:
    """The payload, or None for a refusal; anything else escapes and fails the test."""
    try:
        return jws.verify(token, KEYS, payload=payload)
    except TokenRefused:
        return None


@given(payload=st.binary(max_size=50), key=st.sampled_from(SIGNERS), b64=st.booleans())
@settings(deadline=None)
def test_a_detached_payload_comes_back_in_all_forms(payload: bytes, key: Key, b64: bool) -> None:
    for token in (
        jws.sign(payload, key, detached=True, b64=b64),
        jws.sign_json(payload, key, detached=True, b64=b64),
        jws.sign_json(payload, SIGNERS[:3], detached=True, b64=b64),
    ):
        assert jws.verify(token, KeySet(SIGNERS), payload=payload) == payload


@given(payload=st.binary(max_size=50), key=st.sampled_from(SIGNERS), names=st.dictionaries(texts, texts, max_size=3))
@settings(deadline=None)
def test_a_payload_comes_back_in_all_forms(payload: bytes, key: Key, names: dict[str, str]) -> None:
    header = {f"x-{name}": value for name, value in names.items()}
    for token in (
        jws.sign(payload, key, header=header),
        jws.sign_json(payload, key, header=header),
        json.dumps(jws.sign_json(payload, [*SIGNERS[:3], key], header=header)),
    ):
        assert jws.verify(token, key) == payload


@given(text=texts, line=printable)
def test_an_unencoded_payload_comes_back_in_all_forms(text: str, line: str) -> None:
    key = SIGNERS[0]

    assert jws.verify(jws.sign(line.encode(), key, b64=False), key) == line.encode()
    for ascii_only in (True, False):
        token = json.dumps(jws.sign_json(text.encode(), key, b64=False), ensure_ascii=ascii_only)
        assert jws.verify(token, key) == text.encode()


@given(data=st.data(), encoded=st.booleans())
@pytest.mark.parametrize("part", ["payload", "protected", "signature"])
@pytest.mark.parametrize("key", SIGNERS, ids=lambda key: key.alg)
@settings(max_examples=25, deadline=None)
def test_any_changed_byte_is_refused(key: Key, part: str, data: st.DataObject, encoded: bool) -> None:
    """The bytes themselves, in text that is well-formed again."""
    token = jws.sign_json(PAYLOAD, key, b64=encoded)
    plain = part == "payload" and not encoded
    octets = bytearray(token[part].encode() if plain else forge.unb64(token[part]))
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    changed = {**token, part: octets.decode("latin-1") if plain else b64(bytes(octets))}

    for shape in (changed, json.dumps(changed)):
        with pytest.raises(TokenRefused):
            jws.verify(shape, key)


@given(data=st.data())
@pytest.mark.parametrize("form", ["flattened", "general"])
@settings(max_examples=60, deadline=None)
def test_any_changed_character_is_refused_or_changes_nothing(form: str, data: st.DataObject) -> None:
    """White space, and names and values that nobody reads, are all that may change."""
    text = json.dumps(flattened(entry(HS)) if form == "flattened" else general(entry(HS)))
    at = data.draw(st.integers(0, len(text) - 1))
    new = data.draw(st.sampled_from('AQz-_.=+/ "{}[],:\\'))

    assert outcome(text[:at] + new + text[at + 1 :]) in (None, PAYLOAD)
    assert outcome(text[:at] + new + text[at:]) in (None, PAYLOAD)
    assert outcome(text[:at]) is None


@given(payload=st.binary(max_size=50))
def test_another_detached_payload_is_refused(payload: bytes) -> None:
    for name, (token, detached) in GOOD_JWS.items():
        if detached is not None:
            assert (outcome(token, payload) is None) == (payload != PAYLOAD), name


@given(objects | values)
def test_whatever_object_a_stranger_sends_is_refused(token: Any) -> None:
    """Or it is ours: our own segments are among what he may send."""
    assert outcome(token) in (None, PAYLOAD)
    assert outcome(token, PAYLOAD) in (None, PAYLOAD)


@given(st.text() | st.binary() | objects.map(lambda made: json.dumps(made, default=str)))
def test_whatever_text_a_stranger_sends_is_refused(token: str | bytes) -> None:
    assert outcome(token) in (None, PAYLOAD)
    if isinstance(token, str):
        assert outcome(token.encode("utf-8", "surrogatepass")) in (None, PAYLOAD)


@given(protected=headers, unprotected=headers, content=st.binary(max_size=20))
def test_whatever_headers_were_sealed_only_our_errors_come_out(
    protected: dict[str, Any], unprotected: dict[str, Any], content: bytes
) -> None:
    sealed = json.dumps(protected, default=str).encode()
    token = flattened(
        entry(sealed, content, json.loads(json.dumps(unprotected, default=str))), content.decode("latin-1")
    )

    found = outcome(token)
    assert found is None or {**protected, **unprotected}["alg"] == "HS256"


@given(payload=st.text(), encoded=st.booleans())
def test_whatever_payload_was_sealed_only_our_errors_come_out(payload: str, encoded: bool) -> None:
    octets = payload.encode("utf-8", "surrogatepass")
    header = HS if encoded else {**HS, "b64": False, "crit": ["b64"]}

    found = outcome(flattened(entry(header, octets), payload))
    assert found is None or found == (forge.unb64(payload) if encoded else octets)
