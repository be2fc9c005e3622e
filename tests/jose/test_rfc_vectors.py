"""The RFC examples and their mutations in the folder of vectors beside the project, where it is there."""

import json
from pathlib import Path
from typing import Any

import pytest

from gatepass.jose import Key, KeyRefused, KeySet, TokenRefused, base64url, jws
from gatepass.jose.algorithms import EDDSA, SIGNATURES
from tests.support import forge
from tests.support.source import ROOT

FILE = ROOT.parent / "shared" / "vectors" / "rfc_vectors.json"


def load(path: Path) -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    return vectors


VECTORS = load(FILE)
BY_ID = {vector["id"]: vector for vector in VECTORS}
needs_vectors = pytest.mark.skipif(not VECTORS, reason="no shared/vectors/rfc_vectors.json beside the project")


def of_kind(kind: str) -> pytest.MarkDecorator:
    chosen = [vector for vector in VECTORS if vector["kind"] == kind]
    return pytest.mark.parametrize("vector", chosen, ids=[vector["id"] for vector in chosen])


def key_of(vector: dict[str, Any]) -> Key:
    """The key of a vector, bound to the algorithm of the example it was made from."""
    original = BY_ID[vector["id"].partition("~")[0]]
    alg = json.loads(forge.unb64(original["token"].split(".")[0]))["alg"]
    return Key.from_jwk({**vector["key"], "alg": alg if alg in (*SIGNATURES, EDDSA) else "HS256"})


@needs_vectors
@of_kind("jws")
def test_a_compact_signature(vector: dict[str, Any]) -> None:
    """What may be accepted or refused (`acceptable`) we refuse: b64 is not understood."""
    if vector["want"] == "valid":
        assert jws.verify(vector["token"], key_of(vector)) == base64url.decode(vector["payload_b64u"])
        return
    with pytest.raises(TokenRefused):
        jws.verify(vector["token"], key_of(vector))


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
