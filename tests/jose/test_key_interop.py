"""Keys go both ways between Gatepass and two other JOSE libraries, as JWK and as PEM, for every kind they share."""

import json
from typing import Any

import pytest
from joserfc import jwk as joserfc_jwk
from joserfc.errors import JoseError
from jwcrypto import jwk as jwcrypto_jwk  # type: ignore[import-untyped]

from gatepass.jose import Key
from tests.support.jose_keys import KEY_PAIRS, made

PASSWORD = "correct horse"
KINDS: dict[str, dict[str, Any]] = {
    "RS256": {"kty": "RSA", "size": 2048},
    "RSA-OAEP": {"kty": "RSA", "size": 2048},
    "ES256": {"kty": "EC", "crv": "P-256"},
    "ES384": {"kty": "EC", "crv": "P-384"},
    "ES512": {"kty": "EC", "crv": "P-521"},
    "ES256K": {"kty": "EC", "crv": "secp256k1"},
    "Ed25519": {"kty": "OKP", "crv": "Ed25519"},
    "Ed448": {"kty": "OKP", "crv": "Ed448"},
    "ECDH-ES P-256": {"kty": "EC", "crv": "P-256"},
    "ECDH-ES P-384": {"kty": "EC", "crv": "P-384"},
    "ECDH-ES P-521": {"kty": "EC", "crv": "P-521"},
    "ECDH-ES X25519": {"kty": "OKP", "crv": "X25519"},
    "ECDH-ES X448": {"kty": "OKP", "crv": "X448"},
    "ML-DSA-44": {"kty": "AKP", "alg": "ML-DSA-44"},
    "ML-DSA-65": {"kty": "AKP", "alg": "ML-DSA-65"},
    "ML-DSA-87": {"kty": "AKP", "alg": "ML-DSA-87"},
}
"""Each kind of key pair, as jwcrypto is asked for one."""

UNKNOWN_TO_JOSERFC = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]
UNREAD_PEM_IN_JWCRYPTO = ["ECDH-ES X448"]
SHARED_WITH_JOSERFC = [name for name in KINDS if name not in UNKNOWN_TO_JOSERFC]
PEM_READ_BY_JWCRYPTO = [name for name in KINDS if name not in UNREAD_PEM_IN_JWCRYPTO]
SECRETS = ["HS256", "HS512", "dir", "A128KW", "A256GCMKW"]


def numbers(jwk: dict[str, Any]) -> dict[str, Any]:
    """What the key is, without what is said about it."""
    return {name: value for name, value in jwk.items() if name not in ("alg", "kid", "use", "key_ops")}


def read(jwk: dict[str, Any], name: str) -> Key:
    """A key of theirs, which may not say what it is for."""
    return Key.from_jwk(jwk, alg=KEY_PAIRS[name]().alg)


def test_every_kind_of_key_pair_is_tried() -> None:
    kinds = {(jwk["kty"], jwk.get("crv")) for jwk in (make().jwk() for make in KEY_PAIRS.values())}

    assert {(one["kty"], one.get("crv")) for one in KINDS.values()} == kinds


@pytest.mark.parametrize("name", UNKNOWN_TO_JOSERFC)
def test_what_joserfc_is_not_asked_it_does_not_know(name: str) -> None:
    """When this fails, the list is too long."""
    with pytest.raises(JoseError):
        joserfc_jwk.import_key(KEY_PAIRS[name]().jwk())


@pytest.mark.parametrize("name", UNREAD_PEM_IN_JWCRYPTO)
def test_what_jwcrypto_is_not_asked_it_cannot_read(name: str) -> None:
    with pytest.raises(jwcrypto_jwk.InvalidJWKValue):
        jwcrypto_jwk.JWK.from_pem(KEY_PAIRS[name]().pem().encode())


@pytest.mark.parametrize("name", KINDS)
def test_jwcrypto_reads_our_jwks(name: str) -> None:
    key = KEY_PAIRS[name]()
    private, public = jwcrypto_jwk.JWK(**key.jwk(private=True)), jwcrypto_jwk.JWK(**key.jwk())

    assert json.loads(private.export_private()) == key.jwk(private=True)
    assert json.loads(private.export_public()) == json.loads(public.export_public()) == key.jwk()
    assert private.thumbprint() == public.thumbprint() == key.thumbprint()
    assert public.thumbprint_uri() == key.thumbprint_uri()


@pytest.mark.parametrize("name", KINDS)
def test_we_read_jwks_of_jwcrypto(name: str) -> None:
    theirs = jwcrypto_jwk.JWK.generate(**KINDS[name])
    private = read(json.loads(theirs.export_private()), name)

    assert numbers(private.jwk(private=True)) == numbers(json.loads(theirs.export_private()))
    assert read(json.loads(theirs.export_public()), name).jwk() == private.jwk()
    assert private.thumbprint() == theirs.thumbprint()


@pytest.mark.parametrize("name", PEM_READ_BY_JWCRYPTO)
def test_jwcrypto_reads_our_pem(name: str) -> None:
    key = KEY_PAIRS[name]()
    sealed = key.pem(private=True, password=PASSWORD).encode()

    assert jwcrypto_jwk.JWK.from_pem(sealed, password=PASSWORD.encode()).thumbprint() == key.thumbprint()
    assert jwcrypto_jwk.JWK.from_pem(key.pem().encode()).thumbprint() == key.thumbprint()


@pytest.mark.parametrize("name", KINDS)
def test_we_read_pem_of_jwcrypto(name: str) -> None:
    theirs, alg = jwcrypto_jwk.JWK.generate(**KINDS[name]), KEY_PAIRS[name]().alg
    plain = theirs.export_to_pem(private_key=True, password=None)
    sealed = theirs.export_to_pem(private_key=True, password=PASSWORD.encode())

    assert Key.from_pem(plain, alg=alg).thumbprint() == theirs.thumbprint()
    assert Key.from_pem(sealed, alg=alg, password=PASSWORD).thumbprint() == theirs.thumbprint()
    assert Key.from_pem(theirs.export_to_pem(), alg=alg).thumbprint() == theirs.thumbprint()


@pytest.mark.parametrize("name", SHARED_WITH_JOSERFC)
def test_joserfc_reads_our_jwks_and_pem(name: str) -> None:
    key, kty = KEY_PAIRS[name](), KINDS[name]["kty"]
    private = joserfc_jwk.import_key(key.jwk(private=True))

    assert private.as_dict(private=True) == key.jwk(private=True)
    assert private.as_dict(private=False) == key.jwk()
    assert private.thumbprint() == key.thumbprint()
    assert joserfc_jwk.import_key(key.pem(private=True), kty).thumbprint() == key.thumbprint()
    assert joserfc_jwk.import_key(key.pem(), kty).thumbprint() == key.thumbprint()


@pytest.mark.parametrize("name", SHARED_WITH_JOSERFC)
def test_we_read_jwks_and_pem_of_joserfc(name: str) -> None:
    asked, alg = KINDS[name], KEY_PAIRS[name]().alg
    theirs = joserfc_jwk.generate_key(asked["kty"], asked.get("crv") or asked["size"])
    private = read(theirs.as_dict(private=True), name)

    assert numbers(private.jwk(private=True)) == numbers(theirs.as_dict(private=True))
    assert read(theirs.as_dict(private=False), name).jwk() == private.public().jwk()
    for pem in (theirs.as_pem(private=True), theirs.as_pem(private=False)):
        assert Key.from_pem(pem, alg=alg).thumbprint() == theirs.thumbprint()
    der = theirs.as_der(private=True)
    assert Key.from_der(der, alg=alg).thumbprint() == private.thumbprint()


@pytest.mark.parametrize("alg", SECRETS)
def test_secrets_go_both_ways(alg: str) -> None:
    key = made(alg)
    theirs = jwcrypto_jwk.JWK(**key.jwk(private=True))
    others = joserfc_jwk.import_key(key.jwk(private=True))

    assert Key.from_jwk(json.loads(theirs.export())).jwk(private=True) == key.jwk(private=True)
    assert Key.from_jwk(others.as_dict(private=True)).jwk(private=True) == key.jwk(private=True)
    assert theirs.thumbprint() == others.thumbprint() == key.thumbprint()
