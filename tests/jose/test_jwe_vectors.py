"""The encrypted RFC examples in the folder of vectors beside the project, where it is there; and bent copies."""

import json
from typing import Any

import pytest

from gatepass.jose import Key, KeySet, TokenRefused, base64url, jwe, jws
from gatepass.jose.algorithms import ALGORITHMS
from tests.support import forge
from tests.support.rfc_vectors import BY_ID, VECTORS, needs_vectors, of_kind
from tests.support.token_world import following

BIG_ENOUGH = 4096


def headers(token: str) -> list[dict[str, Any]]:
    """What the header of each recipient says, all members together."""
    if not token.startswith("{"):
        return [json.loads(forge.unb64(token.split(".")[0]))]
    members = json.loads(token)
    shared = {**json.loads(forge.unb64(members.get("protected", "e30"))), **members.get("unprotected", {})}
    return [{**shared, **one.get("header", {})} for one in members.get("recipients", [members])]


def keys_of(vector: dict[str, Any]) -> list[Key]:
    """The keys of a vector, each bound to the algorithm that it was used with; not those for RSA1_5."""
    jwks = vector["key"].get("keys", [vector["key"]])
    named = zip(jwks, headers(vector["token"]), strict=True)
    return [Key.from_jwk({**jwk, "alg": header["alg"]}) for jwk, header in named if header["alg"] in ALGORITHMS]


@needs_vectors
@of_kind("jwe")
def test_a_compact_encryption(vector: dict[str, Any]) -> None:
    """Of the algorithms in it, RSA1_5 alone is not ours, and its tokens have no key here."""
    token, plaintext = vector["token"], base64url.decode(vector["payload_b64u"])
    if headers(token)[0]["alg"] == "RSA1_5":
        with pytest.raises(TokenRefused, match="unknown_key"):
            jwe.decrypt(token, Key.from_jwk({**vector["key"], "alg": "RSA-OAEP"}))
        return
    (key,) = keys_of(vector)
    assert jwe.decrypt(token, key, max_inflated=BIG_ENOUGH) == plaintext


@needs_vectors
@of_kind("jwe-json")
def test_an_encryption_in_json(vector: dict[str, Any]) -> None:
    """Each recipient whose algorithm we have reads it; nobody does if `enc` is unprotected (RFC 7520 section 5.12)."""
    token, plaintext = vector["token"], base64url.decode(vector["payload_b64u"])
    keys = keys_of(vector)
    for key in (*map(KeySet, ([key] for key in keys)), KeySet(keys)):
        if "protected" not in json.loads(token):
            with pytest.raises(TokenRefused, match="malformed_token"):
                jwe.decrypt(token, key)
            continue
        assert jwe.decrypt(token, key) == jwe.decrypt(json.loads(token), key) == plaintext
    assert keys


@needs_vectors
def test_additional_data_is_part_of_what_was_encrypted() -> None:
    """RFC 7520 section 5.10."""
    vector = BY_ID["rfc7520-5.10-json"]
    members, key = json.loads(vector["token"]), KeySet(keys_of(vector))

    assert jwe.decrypt(members, key, aad=forge.unb64(members["aad"])) == base64url.decode(vector["payload_b64u"])
    for changed in ({**members, "aad": forge.b64(b"other")}, {n: v for n, v in members.items() if n != "aad"}):
        with pytest.raises(TokenRefused, match="decryption_failed"):
            jwe.decrypt(changed, key)


@needs_vectors
def test_a_nested_token() -> None:
    """RFC 7520 section 6: unsealed and then verified."""
    vector = BY_ID["rfc7520-6-outer"]
    inner = jwe.unseal(vector["token"], KeySet(keys_of(vector)))
    signed = BY_ID["rfc7520-6-inner"]

    assert inner == signed["token"]
    key = Key.from_jwk({**signed["key"], "alg": "PS256"})
    assert json.loads(jws.verify(inner, key))["iss"] == "hobbiton.example"


COMPACT = {
    vector["id"]: vector
    for vector in VECTORS
    if vector["kind"] == "jwe" and headers(vector["token"])[0]["alg"] in ALGORITHMS
}
NAMES = ("header", "encrypted_key", "iv", "ciphertext", "tag")


def bent(token: str) -> dict[str, str]:
    """Mechanical mutations of a compact token, each of which nobody may accept."""
    parts = token.split(".")
    found = {
        "four parts": ".".join(parts[:4]),
        "six parts": f"{token}.AAAA",
        "a leading dot": f".{token}",
        "a trailing line end": f"{token}\n",
        "a leading space": f" {token}",
    }
    for at, name in enumerate(NAMES):
        for how, text in bent_segment(parts[at]).items():
            found[f"{name} {how}"] = ".".join([*parts[:at], text, *parts[at + 1 :]])
    return found


def bent_segment(text: str) -> dict[str, str]:
    octets = forge.unb64(text)
    found = {"longer": forge.b64(octets + b"\0"), "padded": f"{text}=", "with a line end": f"{text}\n"}
    if octets:
        found["empty"] = ""
        found["shorter"] = forge.b64(octets[:-1])
        found["first bit"] = forge.b64(bytes([octets[0] ^ 128]) + octets[1:])
        found["last bit"] = forge.b64(octets[:-1] + bytes([octets[-1] ^ 1]))
    if len(text) % 4:
        found["unused bits"] = text[:-1] + following(text)
    return found


@needs_vectors
@pytest.mark.parametrize("name", COMPACT)
def test_no_mutation_of_an_example_is_decrypted(name: str) -> None:
    (key,) = keys_of(COMPACT[name])
    good = []
    for how, token in bent(COMPACT[name]["token"]).items():
        try:
            jwe.decrypt(token, key, max_inflated=BIG_ENOUGH)
        except TokenRefused:
            continue
        good.append(how)

    assert not good
