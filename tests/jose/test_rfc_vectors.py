"""The RFC examples and their mutations in the folder of vectors beside the project, where it is there."""

import contextlib
import itertools
import json
from typing import Any

import pytest

from gatepass.jose import Key, KeyRefused, KeySet, TokenRefused, base64url, jws
from gatepass.jose.algorithms import EDDSA, SIGNATURES
from tests.support import forge
from tests.support.rfc_vectors import BY_ID, needs_vectors, of_kind


def keys_of(vector: dict[str, Any]) -> KeySet:
    """The keys of a vector, each bound to the algorithms of the example it was made from that fit its kind."""
    jwks = vector["key"].get("keys", [vector["key"]])
    usable = []
    for jwk, alg in itertools.product(jwks, algorithms_of(BY_ID[vector["id"].partition("~")[0]]["token"])):
        with contextlib.suppress(KeyRefused):
            usable.append(Key.from_jwk({**jwk, "alg": alg if alg in (*SIGNATURES, EDDSA) else "HS256"}))
    return KeySet(usable)


def algorithms_of(token: str) -> list[str]:
    """What the signatures of a token say of their algorithms."""
    if not token.startswith("{"):
        return [json.loads(forge.unb64(token.split(".")[0]))["alg"]]
    decoded = json.loads(token)
    entries = decoded.get("signatures", [decoded])
    protected = [json.loads(forge.unb64(entry.get("protected", "e30"))) for entry in entries]
    return [(head | entry.get("header", {}))["alg"] for head, entry in zip(protected, entries, strict=True)]


@needs_vectors
@of_kind("jws", "jws-json")
def test_a_signature(vector: dict[str, Any]) -> None:
    """What may be refused (`acceptable`) we accept, unless b64 is false and not critical (RFC 7797 section 6)."""
    if vector["want"] == "invalid" or vector["id"] == "rfc7797-b64-without-crit":
        with pytest.raises(TokenRefused):
            jws.verify(vector["token"], keys_of(vector))
        return
    assert jws.verify(vector["token"], keys_of(vector)) == base64url.decode(vector["payload_b64u"])


@needs_vectors
@of_kind("jwk")
def test_a_single_key(vector: dict[str, Any]) -> None:
    """RFC 7520 section 3.6 binds a key to an `enc` value, which says nothing about how it is used: refused."""
    jwk = json.loads(vector["token"]) if isinstance(vector["token"], str) else vector["token"]
    if jwk.get("alg") == "A256GCM":
        with pytest.raises(KeyRefused, match="unsupported_key"):
            Key.from_jwk(jwk)
        return
    key = Key.from_jwk(jwk)
    assert key.private == bool({"d", "k"} & jwk.keys())
    members = key.jwk(private=key.private)
    assert {name: members[name] for name in jwk if name != "x5c"} == {n: jwk[n] for n in jwk if n != "x5c"}


@needs_vectors
@of_kind("jwks")
def test_a_key_set(vector: dict[str, Any]) -> None:
    usable = [jwk for jwk in vector["token"]["keys"] if jwk["kty"] != "oct" or "alg" in jwk]
    assert [key.kid for key in KeySet.from_jwks(vector["token"])] == [jwk.get("kid") for jwk in usable]


@needs_vectors
@of_kind("thumbprint")
def test_a_thumbprint(vector: dict[str, Any]) -> None:
    jwk = {name: value for name, value in vector["key"].items() if name != "use"}

    assert Key.from_jwk(jwk).thumbprint() == vector["token"]
