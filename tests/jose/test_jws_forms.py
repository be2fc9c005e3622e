"""The forms of a raw JWS as we write them, what signing refuses, and the bounds of reading."""

import json
from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import pytest

from gatepass.jose import Key, KeySet, TokenRefused, jws, unverified_claims, unverified_header
from gatepass.jose.jws_forms import MAX_SIGNATURES
from gatepass.kernel.errors import Misuse
from tests.support import forge
from tests.support.jws_world import HS, PAYLOAD, compact, entry, es_entry, flattened, general
from tests.support.token_world import IDLE_KEYS, KEYS, SECRET, SENDING

KEY = Key.from_secret(SECRET, alg="HS256", kid="hs")
OTHER = Key.generate("ES256", kid="other")
NOT_IN_COMPACT = [b"a.b", b".", b"a\nb", b"\0", b"\x7f", "Jörg".encode(), b"\xff"]


def head_of(segment: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(forge.unb64(segment))
    return decoded


def test_one_key_gives_the_flattened_form() -> None:
    token = jws.sign_json(PAYLOAD, KEY, header={"typ": "order"})

    assert token.keys() == {"payload", "protected", "signature"}
    assert head_of(token["protected"]) == {"alg": "HS256", "kid": "hs", "typ": "order"}
    assert f"{token['protected']}.{token['payload']}.{token['signature']}" == jws.sign(
        PAYLOAD, KEY, header={"typ": "order"}
    )


@pytest.mark.parametrize("keys", [[KEY], (KEY, OTHER), KeySet([KEY, OTHER]), iter([KEY])])
def test_a_list_of_keys_gives_the_general_form(keys: Any) -> None:
    token = jws.sign_json(PAYLOAD, keys)

    assert token.keys() == {"payload", "signatures"}
    assert {head_of(one["protected"])["kid"] for one in token["signatures"]} <= {"hs", "other"}
    assert jws.verify(token, KEY) == PAYLOAD


@pytest.mark.parametrize("payload", [b"", b" !\"#$%&'()*+,-/", b"~", b"$ 02", b"a" * 1000])
def test_printable_ascii_can_stand_unencoded_in_a_compact_token(payload: bytes) -> None:
    """RFC 7797 section 5.2."""
    token = jws.sign(payload, KEY, b64=False)

    assert token.split(".")[1] == payload.decode()
    assert head_of(token.split(".")[0]) == {"alg": "HS256", "kid": "hs", "b64": False, "crit": ["b64"]}
    assert jws.verify(token, KEY) == payload


@pytest.mark.parametrize("payload", NOT_IN_COMPACT)
def test_anything_else_is_detached_or_encoded(payload: bytes) -> None:
    with pytest.raises(Misuse, match="dot"):
        jws.sign(payload, KEY, b64=False)

    assert jws.verify(jws.sign(payload, KEY), KEY) == payload
    assert jws.verify(jws.sign(payload, KEY, detached=True, b64=False), KEY, payload=payload) == payload


@pytest.mark.parametrize("payload", [b"", b"$.02", b"\0\n\x7f", "Jörg €😀".encode()])
def test_any_text_can_stand_unencoded_in_json(payload: bytes) -> None:
    """RFC 7797 section 5.3."""
    token = jws.sign_json(payload, [KEY, OTHER], b64=False)

    assert token["payload"] == payload.decode()
    for shape in (token, json.dumps(token), json.dumps(token, ensure_ascii=False).encode()):
        assert jws.verify(shape, OTHER.public()) == payload


@pytest.mark.parametrize("payload", [b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"{}\xfe"])
def test_what_is_no_text_cannot(payload: bytes) -> None:
    with pytest.raises(Misuse, match="UTF-8"):
        jws.sign_json(payload, KEY, b64=False)

    detached = jws.sign_json(payload, KEY, b64=False, detached=True)
    assert "payload" not in detached
    assert jws.verify(detached, KEY, payload=payload) == payload


def test_a_detached_token_says_nothing_of_its_payload() -> None:
    for encoded in (True, False):
        assert jws.sign(PAYLOAD, KEY, detached=True, b64=encoded).split(".")[1] == ""
        assert jws.sign_json(PAYLOAD, KEY, detached=True, b64=encoded).keys() == {"protected", "signature"}


@pytest.mark.parametrize("payload", ["text", None, 5, bytearray(b"x"), memoryview(b"x"), {}])
def test_a_payload_is_bytes(payload: Any) -> None:
    for call in (
        lambda: jws.sign(payload, KEY),
        lambda: jws.sign_json(payload, KEY),
        lambda: jws.sign_json(payload, [KEY], b64=False, detached=True),
    ):
        with pytest.raises(Misuse, match="bytes"):
            call()
    if payload is not None:
        with pytest.raises(Misuse, match="bytes"):
            jws.verify(jws.sign(PAYLOAD, KEY, detached=True), KEY, payload=payload)


@pytest.mark.parametrize(
    "keys",
    [None, 5, "secret", b"secret", [], [None], ["k"], {}, KEY.jwk(private=True), OTHER.public(), [OTHER.public()]],
)
def test_only_private_keys_sign(keys: Any) -> None:
    with pytest.raises(Misuse):
        jws.sign_json(PAYLOAD, keys)
    with pytest.raises(Misuse):
        jws.sign(PAYLOAD, keys)


@pytest.mark.parametrize(
    "header",
    [
        5,
        "typ",
        [("typ", "x")],
        {"alg": "none"},
        {"kid": "x"},
        {"b64": False},
        {"crit": ["b64"]},
        {"typ": None},
        {"x": "x" * 5000},
        {"x": [[[[[1]]]]]},
        {"x": float},
        {"x": "\ud800"},
    ],
)
def test_a_header_that_a_verifier_would_refuse_is_not_signed(header: Any) -> None:
    for sign in (lambda **more: jws.sign(PAYLOAD, KEY, **more), lambda **more: jws.sign_json(PAYLOAD, [KEY], **more)):
        for b64 in (True, False):
            with pytest.raises(Misuse):
                sign(header=header, detached=True, b64=b64)


def test_no_more_signers_than_a_verifier_looks_at() -> None:
    assert jws.verify(jws.sign_json(PAYLOAD, [KEY] * MAX_SIGNATURES), KEY) == PAYLOAD
    with pytest.raises(Misuse):
        jws.sign_json(PAYLOAD, [KEY] * (MAX_SIGNATURES + 1))


def test_the_number_of_signatures_can_be_bounded_otherwise() -> None:
    token = general(*[entry(HS)] * 9)

    assert jws.verify(token, KEYS, max_signatures=9) == PAYLOAD
    for most in (8, 1):
        with pytest.raises(TokenRefused, match="malformed_token"):
            jws.verify(token, KEYS, max_signatures=most)
    for nonsense in (0, -1, None, True, 10**6, "9"):
        with pytest.raises(Misuse):
            jws.verify(token, KEYS, max_signatures=nonsense)  # type: ignore[arg-type]


def test_too_many_signatures_are_refused_before_one_is_read() -> None:
    """The last of them is no signature at all, and would be found out otherwise."""
    with pytest.raises(TokenRefused) as caught:
        jws.verify(general(*[entry(HS)] * 8, 5), KEYS)

    assert caught.value.detail == "JSON form: more signatures than allowed"


def test_a_token_in_json_is_as_long_as_its_bytes() -> None:
    text = json.dumps({**flattened(entry(HS)), "x": "€" * 10}, ensure_ascii=False, separators=(",", ":"))
    size = len(text.encode())

    for shape in (text, text.encode(), json.loads(text)):
        assert jws.verify(shape, KEYS, max_bytes=size) == PAYLOAD
        for bound in (size - 1, len(text), 1):
            with pytest.raises(TokenRefused, match="malformed_token"):
                jws.verify(shape, KEYS, max_bytes=bound)


def test_a_large_token_is_read_when_asked_for() -> None:
    payload = b"x" * 100_000

    for token in (jws.sign(payload, KEY), jws.sign_json(payload, KEY)):
        with pytest.raises(TokenRefused, match="malformed_token"):
            jws.verify(token, KEY)
        assert jws.verify(token, KEY, max_bytes=200_000) == payload


def test_a_detached_payload_has_no_bound() -> None:
    """Whoever has it in his hands has paid for it."""
    payload = b"\xff" * 1_000_000

    assert jws.verify(jws.sign(payload, KEY, detached=True, b64=False), KEY, payload=payload) == payload


@pytest.mark.parametrize("kind", [dict, OrderedDict, MappingProxyType])
def test_any_mapping_is_taken(kind: Any) -> None:
    assert jws.verify(kind(general(entry(HS))), KEYS) == PAYLOAD


def test_algorithms_narrow_the_signatures_that_count() -> None:
    token = general(entry(HS), es_entry())

    assert jws.verify(token, KEYS, algorithms=["ES256"]) == PAYLOAD
    with pytest.raises(TokenRefused, match="unknown_key"):
        jws.verify(token, KEYS, algorithms=["RS256"])


def test_a_signature_that_algorithms_rule_out_is_a_stranger_s() -> None:
    bad = {**es_entry(), "signature": entry(HS)["signature"]}

    assert jws.verify(general(bad, entry(HS)), KEYS, algorithms=["HS256"]) == PAYLOAD


def test_two_signers_are_asked_for_one_after_the_other() -> None:
    token = jws.sign_json(PAYLOAD, [KEY, OTHER])

    assert jws.verify(token, KEY) == jws.verify(token, OTHER) == PAYLOAD
    alone = jws.sign_json(PAYLOAD, [KEY])
    with pytest.raises(TokenRefused, match="unknown_key"):
        jws.verify(alone, OTHER)


def test_a_key_without_kid_is_not_blamed_for_others() -> None:
    """It is tried for every signature of its algorithm, and named by none."""
    key, others = Key.from_secret(SECRET, alg="HS256"), Key.from_secret(b"?" * 32, alg="HS256", kid="others")
    token = {"payload": jws.sign_json(PAYLOAD, key)["payload"], "signatures": []}
    for one in (others, key, others):
        token["signatures"] += jws.sign_json(PAYLOAD, [one])["signatures"]

    assert jws.verify(token, key) == PAYLOAD
    with pytest.raises(TokenRefused, match="bad_signature"):
        jws.verify({**token, "signatures": token["signatures"][:1]}, key)


def test_nor_for_those_that_name_no_key() -> None:
    key = Key.from_secret(SECRET, alg="HS256")
    strange, ours = entry({"alg": "HS256"}, secret=b"?" * 32), entry({"alg": "HS256"})

    for token in (general(strange, ours), general(ours, strange)):
        assert jws.verify(token, key) == PAYLOAD


@pytest.mark.parametrize(
    "header", [{"alg": "A256KW", "kid": "kw"}, {"alg": "ECDH-ES", "kid": "ecdh"}, {"alg": "A256KW"}]
)
def test_a_key_for_encryption_verifies_nothing(header: Any) -> None:
    for token in (compact(header), flattened(entry(None, unprotected=header)), general(entry(header))):
        with pytest.raises(TokenRefused, match="unknown_key"):
            jws.verify(token, KeySet(IDLE_KEYS))


def test_a_secret_that_may_only_sign_verifies_nothing() -> None:
    token = flattened(entry({"alg": "HS256", "kid": "so"}, secret=SENDING))

    with pytest.raises(TokenRefused, match="unknown_key"):
        jws.verify(token, KeySet(IDLE_KEYS))


def test_a_header_is_nested_as_deep_outside_the_protected_one_as_inside() -> None:
    def nested(depth: int) -> Any:
        return [] if depth == 1 else [nested(depth - 1)]

    for header, unprotected in (({**HS, "x": nested(3)}, None), (HS, {"x": nested(3)})):
        assert jws.verify(general(entry(header, unprotected=unprotected)), KEYS) == PAYLOAD
    for header, unprotected in (({**HS, "x": nested(4)}, None), (HS, {"x": nested(4)})):
        with pytest.raises(TokenRefused, match="malformed_token"):
            jws.verify(general(entry(header, unprotected=unprotected)), KEYS)


@pytest.mark.parametrize(
    "token", [compact({**HS, "b64": False, "crit": ["b64"]}, "pay"), json.dumps(flattened(entry(HS)))]
)
def test_unverified_parts_are_those_of_compact_json_web_tokens(token: str) -> None:
    for look in (unverified_header, unverified_claims):
        with pytest.raises(TokenRefused, match="malformed_token"):
            look(token)
