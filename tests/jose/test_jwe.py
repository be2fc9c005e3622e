"""Encrypting and decrypting, in all forms."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from gatepass.jose import Key, KeySet, TokenRefused, jwe
from gatepass.jose.encryption.content import CONTENT_ENCRYPTIONS
from gatepass.kernel.errors import Misuse
from tests.support.forge import b64, unb64
from tests.support.jose_keys import made

TEXT = b"what nobody else reads"
METHODS = list(CONTENT_ENCRYPTIONS)
WRAPPING = ["A128KW", "A256GCMKW", "RSA-OAEP-256", "ECDH-ES+A256KW"]


def protected(token: str | dict[str, Any]) -> dict[str, Any]:
    """The protected header, read without the engine."""
    head = token["protected"] if isinstance(token, dict) else token.split(".")[0]
    members: dict[str, Any] = json.loads(unb64(head))
    return members


def direct_key(enc: str) -> Key:
    return Key.from_secret(b"d" * CONTENT_ENCRYPTIONS[enc].key_bytes, alg="dir")


def test_the_header_names_key_and_method() -> None:
    header = {"alg": "A128KW", "kid": made("A128KW").kid, "enc": "A256GCM"}

    assert protected(jwe.encrypt(TEXT, made("A128KW"), alg="A128KW", enc="A256GCM")) == header
    assert protected(jwe.encrypt_json(TEXT, made("A128KW"), enc="A256GCM")) == header


@pytest.mark.parametrize("enc", METHODS)
@pytest.mark.parametrize("alg", ["dir", "ECDH-ES", *WRAPPING])
def test_every_method_encrypts_and_decrypts_in_all_forms(alg: str, enc: str) -> None:
    key = direct_key(enc) if alg == "dir" else made(alg)
    flattened, general = (jwe.encrypt_json(TEXT, keys, enc=enc) for keys in (key, [key]))

    for token in (jwe.encrypt(TEXT, key, enc=enc), flattened, general):
        assert jwe.decrypt(token, key) == TEXT


@pytest.mark.parametrize("alg", ["RSA-OAEP", "ECDH-ES"])
def test_the_public_half_encrypts_and_does_not_decrypt(alg: str) -> None:
    token = jwe.encrypt(TEXT, made(alg).public(), enc="A128GCM")

    assert jwe.decrypt(token, made(alg)) == TEXT
    with pytest.raises(TokenRefused, match="unknown_key"):
        jwe.decrypt(token, made(alg).public())


@pytest.mark.parametrize("text", [b"", b"x", bytes(range(256)) * 100])
def test_any_bytes_can_be_encrypted(text: bytes) -> None:
    for token in (jwe.encrypt(text, made("A128KW"), enc="A128GCM"), jwe.encrypt_json(text, made("dir"), enc="A256GCM")):
        assert jwe.decrypt(token, KeySet([made("A128KW"), made("dir")])) == text


def test_header_members_travel_protected() -> None:
    header = {"typ": "secret+jwe", "cty": "text/plain", "apu": b64(b"Ada"), "x": [1]}
    compact = jwe.encrypt(TEXT, made("ECDH-ES"), enc="A128GCM", header=header)
    flattened = jwe.encrypt_json(TEXT, made("ECDH-ES"), enc="A128GCM", header=header)

    for token in (compact, flattened):
        assert protected(token).items() >= header.items()
        assert jwe.decrypt(token, made("ECDH-ES")) == TEXT


def test_each_of_several_recipients_decrypts() -> None:
    keys = [made(alg) for alg in WRAPPING]
    token = jwe.encrypt_json(TEXT, keys, enc="A128CBC-HS256", header={"typ": "x"})

    for key in keys:
        for form in (token, json.dumps(token), json.dumps(token).encode()):
            assert jwe.decrypt(form, key) == TEXT
    assert jwe.decrypt(token, KeySet(keys)) == TEXT
    assert protected(token) == {"enc": "A128CBC-HS256", "typ": "x"}
    with pytest.raises(TokenRefused, match="unknown_key"):
        jwe.decrypt(token, made("dir"))


def test_what_is_one_recipients_is_all_protected() -> None:
    token = jwe.encrypt_json(TEXT, made("A256GCMKW"), enc="A128GCM")

    assert token.keys() == {"protected", "encrypted_key", "iv", "ciphertext", "tag"}
    assert protected(token).keys() == {"alg", "kid", "enc", "iv", "tag"}


def test_what_is_empty_is_left_out() -> None:
    """RFC 7516 section 7.2.1."""
    token = jwe.encrypt_json(TEXT, [made("dir")], enc="A256GCM", aad=b"")

    assert token.keys() == {"protected", "recipients", "iv", "ciphertext", "tag"}
    assert token["recipients"] == [{"header": {"alg": "dir", "kid": made("dir").kid}}]


def test_additional_data_is_bound() -> None:
    token = jwe.encrypt_json(TEXT, [made("A128KW")], enc="A128GCM", aad=b"order 7")

    assert unb64(token["aad"]) == b"order 7"
    assert jwe.decrypt(token, made("A128KW")) == jwe.decrypt(token, made("A128KW"), aad=b"order 7") == TEXT
    for changed in ({**token, "aad": b64(b"order 8")}, {n: v for n, v in token.items() if n != "aad"}):
        with pytest.raises(TokenRefused, match="decryption_failed"):
            jwe.decrypt(changed, made("A128KW"))
    for asked in (b"order 8", b""):
        with pytest.raises(TokenRefused, match="decryption_failed"):
            jwe.decrypt(token, made("A128KW"), aad=asked)


def test_a_compact_token_binds_no_additional_data() -> None:
    token = jwe.encrypt(TEXT, made("A128KW"), enc="A128GCM")

    assert jwe.decrypt(token, made("A128KW"), aad=b"") == TEXT


def test_compressed_content_needs_a_bound() -> None:
    text = b"again " * 1000
    token = jwe.encrypt(text, made("A128KW"), enc="A128GCM", zip="DEF")

    assert protected(token)["zip"] == "DEF"
    assert len(token) < 500
    assert jwe.decrypt(token, made("A128KW"), max_inflated=len(text)) == text
    for bound in (0, len(text) - 1):
        with pytest.raises(TokenRefused, match="malformed_token"):
            jwe.decrypt(token, made("A128KW"), max_inflated=bound)


def test_of_a_bomb_no_more_is_unpacked_than_is_allowed() -> None:
    token = jwe.encrypt(bytes(20_000_000), made("A128KW"), enc="A128GCM", zip="DEF")
    tracemalloc.start()
    try:
        with pytest.raises(TokenRefused, match="malformed_token"):
            jwe.decrypt(token, made("A128KW"), max_inflated=1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(token) < 30_000
    assert peak < 500_000


def test_algorithms_narrow_and_never_widen() -> None:
    token, keys = jwe.encrypt(TEXT, made("A128KW"), enc="A128GCM"), KeySet([made("A128KW"), made("RSA-OAEP")])

    assert jwe.decrypt(token, keys, ["A128KW"]) == TEXT
    for algorithms in (["RSA-OAEP"], ["A256KW"], ["none"], []):
        with pytest.raises(TokenRefused, match="unknown_key"):
            jwe.decrypt(token, keys, algorithms)


def test_encryptions_narrow() -> None:
    token = jwe.encrypt(TEXT, made("A128KW"), enc="A128GCM")

    assert jwe.decrypt(token, made("A128KW"), encryptions=["A128GCM", "A256GCM"]) == TEXT
    with pytest.raises(TokenRefused, match="malformed_token"):
        jwe.decrypt(token, made("A128KW"), encryptions=["A256GCM"])


def test_each_bound_can_be_moved() -> None:
    long = jwe.encrypt(bytes(100_000), made("A128KW"), enc="A128GCM")
    many = jwe.encrypt_json(TEXT, [made("A128KW"), *[made("A256GCMKW")] * 7], enc="A128GCM")
    many["recipients"].append(many["recipients"][1])
    costly = jwe.encrypt(TEXT, made("PBES2-HS512+A256KW"), enc="A128GCM")
    moved: list[tuple[Any, Key, dict[str, Any], dict[str, Any]]] = [
        (long, made("A128KW"), {}, {"max_bytes": 200_000}),
        (many, made("A128KW"), {}, {"max_recipients": 9}),
        (costly, made("PBES2-HS512+A256KW"), {"max_p2c": 209_999}, {"max_p2c": 210_000}),
    ]

    for token, key, narrow, wide in moved:
        with pytest.raises(TokenRefused, match="malformed_token"):
            jwe.decrypt(token, key, **narrow)
        assert jwe.decrypt(token, key, **wide)


def test_without_kid_at_most_four_keys_are_tried() -> None:
    unnamed = [Key.from_secret(bytes([n]) * 16, alg="A128KW") for n in range(5)]
    token = jwe.encrypt(TEXT, unnamed[3], enc="A128GCM")

    assert "kid" not in protected(token)
    assert jwe.decrypt(token, KeySet(unnamed[:4])) == TEXT
    with pytest.raises(TokenRefused, match="unknown_key"):
        jwe.decrypt(token, KeySet(unnamed))


def once(**changed: Any) -> Callable[[], object]:
    return lambda: jwe.encrypt(**{"plaintext": TEXT, "key": made("A128KW"), "enc": "A128GCM", **changed})


def in_json(**changed: Any) -> Callable[[], object]:
    return lambda: jwe.encrypt_json(**{"plaintext": TEXT, "keys": made("A128KW"), "enc": "A128GCM", **changed})


def looked_at(**changed: Any) -> Callable[[], object]:
    return lambda: jwe.decrypt(**{"token": "a.b.c.d.e", "keys": made("A128KW"), **changed})


MISTAKES: dict[str, Callable[[], object]] = {
    "another algorithm than the key's": once(alg="A256KW"),
    "no method": once(enc=None),
    "an unknown method": once(enc="A256CTR"),
    "a method that is none": once(enc=["A128GCM"]),
    "text": once(plaintext="text"),
    "no key": once(key=None),
    "a key's text": once(key="secret", alg="dir"),
    "a set of keys": once(key=KeySet([made("A128KW")])),
    "a key for signatures": once(key=made("HS256")),
    "a key that may only decrypt": once(
        key=Key.from_jwk({"kty": "oct", "k": b64(b"k" * 16), "alg": "A128KW", "key_ops": ["unwrapKey"]})
    ),
    "a shared key of another size": once(key=made("dir")),
    "another compression": once(zip="GZIP"),
    "a header that is none": once(header=["typ"]),
    **{f"{name} in the header": once(header={name: "x"}) for name in ("alg", "enc", "kid", "zip", "epk", "iv", "p2c")},
    "an extension": once(header={"crit": ["x"], "x": 1}),
    "a typ that is no text": once(header={"typ": 1}),
    "a header that is too long": once(header={"x": "x" * 4096}),
    "a header that is no JSON": once(header={"x": object()}),
    "an apu that is no text": once(key=made("ECDH-ES"), header={"apu": 1}),
    "an apu that is no base64url": once(key=made("ECDH-ES"), header={"apu": "A"}),
    "no recipient": in_json(keys=[]),
    "recipients that are none": in_json(keys=7),
    "a recipient that is none": in_json(keys=[made("A128KW"), "x"]),
    "nine recipients": in_json(keys=[made("A128KW")] * 9),
    "a shared key and another": in_json(keys=[made("dir"), made("A128KW")], enc="A256GCM"),
    "an agreed key and another": in_json(keys=[made("A128KW"), made("ECDH-ES")]),
    "additional data as text": in_json(aad="x"),
    "an extension in JSON": in_json(keys=[made("A128KW")], header={"crit": ["x"]}),
    "a token's keys that are none": looked_at(keys="secret"),
    "algorithms as text": looked_at(algorithms="A128KW"),
    "encryptions as text": looked_at(encryptions="A128GCM"),
    "asked data as text": looked_at(aad="x"),
    **{
        f"{name} of {value!r}": looked_at(**{name: value})
        for name in ("max_bytes", "max_recipients", "max_p2c", "max_inflated")
        for value in (-1, 2**40, 1.5, "1", True, None)
    },
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_said_at_once(name: str) -> None:
    with pytest.raises(Misuse):
        MISTAKES[name]()


def test_a_mistake_shows_nothing_of_key_or_content() -> None:
    for make in MISTAKES.values():
        with pytest.raises(Misuse) as caught:
            make()
        assert not [secret for secret in ("nobody", b64(b"k" * 16), "kkkk") if secret in f"{caught.value!r}"]


def test_more_than_a_token_may_hold_is_a_mistake_before_any_of_it_is_encrypted() -> None:
    key = made("A256KW")
    with pytest.raises(Misuse):
        jwe.encrypt(bytes(32 * 1024 * 1024 + 1), key, enc="A256GCM")
    with pytest.raises(Misuse):
        jwe.encrypt_json(bytes(16 * 1024 * 1024), key, enc="A256GCM", aad=bytes(16 * 1024 * 1024 + 1))
