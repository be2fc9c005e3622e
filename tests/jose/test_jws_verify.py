"""A bare JWS: its signature is verified, its payload is handed out, and no key of its own counts."""

from typing import Any

import pytest

from gatepass.jose import Key, KeySet, TokenRefused, jws, unverified_claims, unverified_header
from gatepass.kernel.errors import Misuse
from tests.support import forge
from tests.support.token_world import CLAIMS, GOOD, HS, KEYS, SECRET

KEY = Key.from_secret(SECRET, alg="HS256", kid="hs")
TOKEN = GOOD["HS256"]


def test_the_payload_comes_out_as_it_was_signed() -> None:
    assert jws.verify(TOKEN, KEYS) == forge.unb64(TOKEN.split(".")[1])


@pytest.mark.parametrize("payload", [b"", b"\0", b"\xff" * 1000, b'{"exp":1}', b"$.02"])
def test_any_bytes_can_be_signed(payload: bytes) -> None:
    assert jws.verify(jws.sign(payload, KEY), KEY) == payload


def test_algorithms_narrow_the_keys() -> None:
    assert jws.verify(TOKEN, KEYS, algorithms=["ES256", "HS256"])
    for algorithms in (["ES256"], [], {"RS256"}, ("hs256",)):
        with pytest.raises(TokenRefused, match="unknown_key"):
            jws.verify(TOKEN, KEYS, algorithms=algorithms)


def test_algorithms_never_widen_them() -> None:
    for alg in ("none", "HS512"):
        token = forge.mac_token({**HS, "alg": alg}, CLAIMS, SECRET)
        with pytest.raises(TokenRefused, match="unknown_key"):
            jws.verify(token, KEYS, algorithms=[alg, "HS256"])


def test_the_older_name_of_ed25519_is_the_same_algorithm() -> None:
    """RFC 9864 section 2.2."""
    for signed, asked in (("EdDSA", "Ed25519"), ("Ed25519", "EdDSA"), ("EdDSA", "EdDSA")):
        assert jws.verify(GOOD[signed], KEYS, algorithms=[asked])
    with pytest.raises(TokenRefused, match="unknown_key"):
        jws.verify(GOOD["EdDSA"], KEYS, algorithms=["Ed448"])


@pytest.mark.parametrize("algorithms", ["HS256", "HS256,ES256", 5, [5], [["HS256"]], [None]])
def test_algorithms_are_a_list_of_names(algorithms: Any) -> None:
    """In a text, `in` would look for a piece of it."""
    with pytest.raises(Misuse):
        jws.verify(TOKEN, KEYS, algorithms=algorithms)


@pytest.mark.parametrize("keys", [None, SECRET, "secret", [KEY], {"keys": []}])
def test_keys_are_a_key_or_a_set(keys: Any) -> None:
    with pytest.raises(Misuse):
        jws.verify(TOKEN, keys)


def test_a_token_longer_than_asked_for_is_refused() -> None:
    assert jws.verify(TOKEN, KEY, max_bytes=len(TOKEN))
    with pytest.raises(TokenRefused, match="malformed_token"):
        jws.verify(TOKEN, KEY, max_bytes=len(TOKEN) - 1)
    for nonsense in (0, None, "9", 10**9):
        with pytest.raises(Misuse):
            jws.verify(TOKEN, KEY, max_bytes=nonsense)  # type: ignore[arg-type]


def test_a_payload_that_was_signed_in_another_base64_is_refused() -> None:
    head, payload, _ = TOKEN.split(".")
    with pytest.raises(TokenRefused, match="malformed_token"):
        jws.verify(forge.mac(f"{head}.{payload}=", SECRET), KEY)


def test_unverified_parts_can_be_looked_at() -> None:
    token = forge.token({"alg": "none"}, CLAIMS)

    assert unverified_header(token) == {"alg": "none"}
    assert unverified_claims(token) == CLAIMS


@pytest.mark.parametrize("payload", [b"", b"[]", b"x", b"\xff", b'{"a":1,"a":2}', b"[" * 5000, b'{"a":NaN}'])
def test_unverified_claims_are_a_json_object_without_repeated_names(payload: bytes) -> None:
    with pytest.raises(TokenRefused, match="malformed_token"):
        unverified_claims(forge.token(HS, payload))


@pytest.mark.parametrize("token", [None, 5, b"a.b.c", "", "a.b", "a.b.c.d", "=.=.=", "\ud800..", "e30.e30."])
def test_unverified_parts_of_no_token_are_refused(token: Any) -> None:
    with pytest.raises(TokenRefused, match="malformed_token"):
        unverified_header(token)


def test_a_secret_among_others_is_found_without_kid() -> None:
    """During a change of a shared secret both are in the set."""
    old, new = (Key.from_secret(bytes([n]) * 32, alg="HS256") for n in (1, 2))

    for key in (old, new):
        assert jws.verify(jws.sign(b"x", key), KeySet([new, old])) == b"x"
