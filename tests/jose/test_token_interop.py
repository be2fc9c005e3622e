"""Tokens and keys go both ways between Gatepass and two other JOSE libraries, for every algorithm they share."""

import json
from typing import Any

import pytest
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError
from jwcrypto import jwk as jwcrypto_jwk  # type: ignore[import-untyped]
from jwcrypto import jws as jwcrypto_jws

from gatepass.jose import Key, Signer, Verifier, jws
from gatepass.jose.algorithms import SIGNATURES
from tests.support.jose_keys import made

CLAIMS = {
    "iss": "https://id.test",
    "aud": ["https://shop.test"],
    "sub": "42",
    "exp": 2_000_000_000,
    "name": "J\u00f6rg",
}
NAMES = [*SIGNATURES, "EdDSA"]
UNKNOWN_TO_JOSERFC = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]
SHARED_WITH_JOSERFC = [name for name in NAMES if name not in UNKNOWN_TO_JOSERFC]


def key_for(name: str) -> Key:
    """A key for the algorithm that others call `name`."""
    return made("Ed25519" if name == "EdDSA" else name)


def ours(key: Key) -> Verifier[dict[str, Any]]:
    return Verifier(key, issuer="https://id.test", audience="https://shop.test", typ=None)


def foreign_jwk(key: Key, name: str, *, private: bool) -> dict[str, Any]:
    """Our JWK as the other side takes it: under the algorithm name it is asked to use."""
    return {**key.jwk(private=private or key.symmetric), "alg": name}


@pytest.mark.parametrize("name", UNKNOWN_TO_JOSERFC)
def test_joserfc_still_knows_none_of_these(name: str) -> None:
    """When this fails, the list is too long."""
    with pytest.raises(JoseError):
        joserfc_jwk.import_key(made(name).jwk())


@pytest.mark.parametrize("name", SHARED_WITH_JOSERFC)
def test_joserfc_accepts_our_tokens(name: str) -> None:
    key = key_for(name)
    public = joserfc_jwk.import_key(foreign_jwk(key, key.alg, private=False))

    assert joserfc_jwt.decode(Signer(key).sign(CLAIMS), public, algorithms=[key.alg]).claims == CLAIMS


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("name", SHARED_WITH_JOSERFC)
def test_we_accept_tokens_of_joserfc(name: str) -> None:
    key = key_for(name)
    private = joserfc_jwk.import_key(foreign_jwk(key, name, private=True))
    token = joserfc_jwt.encode({"alg": name, "kid": key.kid}, CLAIMS, private, algorithms=[name])

    assert ours(key).verify(token, now=1) == CLAIMS


@pytest.mark.parametrize("name", NAMES)
def test_jwcrypto_accepts_our_tokens(name: str) -> None:
    key = key_for(name)
    public = jwcrypto_jwk.JWK(**foreign_jwk(key, key.alg, private=False))
    received = jwcrypto_jws.JWS()
    received.allowed_algs = [key.alg]
    received.deserialize(Signer(key).sign(CLAIMS), public)

    assert json.loads(received.payload) == CLAIMS


@pytest.mark.parametrize("name", NAMES)
def test_we_accept_tokens_of_jwcrypto(name: str) -> None:
    key = key_for(name)
    sent = jwcrypto_jws.JWS(json.dumps(CLAIMS))
    sent.allowed_algs = [name]
    private = jwcrypto_jwk.JWK(**foreign_jwk(key, name, private=True))
    sent.add_signature(private, None, json.dumps({"alg": name, "kid": key.kid}))

    assert ours(key).verify(sent.serialize(compact=True), now=1) == CLAIMS


@pytest.mark.parametrize("name", NAMES)
def test_thumbprints_agree(name: str) -> None:
    key = key_for(name)

    assert jwcrypto_jwk.JWK(**foreign_jwk(key, name, private=False)).thumbprint() == key.thumbprint()
    if name in SHARED_WITH_JOSERFC:
        assert joserfc_jwk.import_key(foreign_jwk(key, name, private=False)).thumbprint() == key.thumbprint()


@pytest.mark.parametrize("name", NAMES)
def test_keys_of_jwcrypto_are_read(name: str) -> None:
    kty = {"HS": "oct", "RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP", "ML": "AKP"}[name[:2]]
    curve = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "ES256K": "secp256k1", "EdDSA": "Ed25519"}
    size: dict[str, dict[str, Any]] = {"oct": {"size": 512}, "RSA": {"size": 2048}, "AKP": {"alg": name}}
    theirs = jwcrypto_jwk.JWK.generate(kty=kty, **size.get(kty, {"crv": curve.get(name, name)}))
    key = Key.from_jwk({**json.loads(theirs.export()), "alg": name})

    assert key.private
    assert jws.verify(jws.sign(b"x", key), key) == b"x"
    assert key.thumbprint() == theirs.thumbprint()
