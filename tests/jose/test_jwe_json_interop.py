"""Encrypted tokens in JSON, and nested ones, go both ways between Gatepass and two other JOSE libraries."""

import json
from typing import Any

import pytest
from joserfc import jwe as joserfc_jwe
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt
from jwcrypto import jwe as jwcrypto_jwe  # type: ignore[import-untyped]
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jwt as jwcrypto_jwt

from gatepass.jose import Key, KeySet, Signer, Verifier, jwe
from tests.support.jose_keys import made

CONTENT = "Gr\u00fc\u00dfe".encode()
ALGORITHMS = ["dir", "A128KW", "A256GCMKW", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW"]
SEVERAL = [made(alg) for alg in ("A128KW", "A256GCMKW", "RSA-OAEP-256", "ECDH-ES+A256KW")]
METHODS = ["A256GCM", "A128CBC-HS256"]
EXTRA = b"for all to read"


def of_jwcrypto(key: Key) -> Any:
    return jwcrypto_jwk.JWK(**key.jwk(private=True))


def of_joserfc(key: Key) -> Any:
    return joserfc_jwk.import_key(key.jwk(private=True))


def jwcrypto_reads(token: dict[str, Any], key: Key) -> tuple[bytes, bytes | None]:
    received = jwcrypto_jwe.JWE()
    received.deserialize(json.dumps(token), of_jwcrypto(key))
    return received.payload, received.objects.get("aad")


def joserfc_reads(token: Any, key: Key, enc: str) -> tuple[bytes | None, bytes | None]:
    received = joserfc_jwe.decrypt_json(token, of_joserfc(key), algorithms=[key.alg, enc])
    return received.plaintext, received.aad


@pytest.mark.parametrize("enc", METHODS)
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_ours_for_one_is_read_by_others(alg: str, enc: str) -> None:
    key = made(alg)
    flattened = jwe.encrypt_json(CONTENT, key, enc=enc, aad=EXTRA)
    general = jwe.encrypt_json(CONTENT, [key], enc=enc, aad=EXTRA)

    assert joserfc_reads(flattened, key, enc) == joserfc_reads(general, key, enc) == (CONTENT, EXTRA)
    for token in (flattened, general):
        payload, aad = jwcrypto_reads(token, key)
        assert payload == CONTENT
        assert aad in (EXTRA, EXTRA.decode())


@pytest.mark.parametrize("enc", METHODS)
@pytest.mark.parametrize("key", SEVERAL, ids=lambda key: key.alg)
def test_ours_for_several_is_read_by_each(key: Key, enc: str) -> None:
    token = jwe.encrypt_json(CONTENT, SEVERAL, enc=enc, header={"typ": "x"})

    assert jwcrypto_reads(token, key)[0] == CONTENT


@pytest.mark.parametrize("enc", METHODS)
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_theirs_for_one_is_read(alg: str, enc: str) -> None:
    key = made(alg)
    by_jwcrypto = jwcrypto_jwe.JWE(CONTENT, json.dumps({"alg": alg, "enc": enc}), aad=EXTRA, recipient=of_jwcrypto(key))
    flattened = joserfc_jwe.FlattenedJSONEncryption({"alg": alg, "enc": enc}, CONTENT, aad=EXTRA)
    flattened.add_recipient(None, of_joserfc(key))
    by_joserfc = joserfc_jwe.encrypt_json(flattened, None, algorithms=[alg, enc])

    for token in (by_jwcrypto.serialize(), by_joserfc, json.dumps(by_joserfc)):
        assert jwe.decrypt(token, KeySet([key]), aad=EXTRA) == CONTENT


@pytest.mark.parametrize("enc", METHODS)
def test_theirs_for_several_is_read_by_each(enc: str) -> None:
    by_jwcrypto = jwcrypto_jwe.JWE(CONTENT, json.dumps({"enc": enc}))
    general = joserfc_jwe.GeneralJSONEncryption({"enc": enc}, CONTENT)
    for key in SEVERAL:
        header = {"alg": key.alg, "kid": key.kid}
        by_jwcrypto.add_recipient(of_jwcrypto(key), json.dumps(header))
        general.add_recipient(dict(header), of_joserfc(key))
    by_joserfc = joserfc_jwe.encrypt_json(general, None, algorithms=[*(key.alg for key in SEVERAL), enc])

    for key in SEVERAL:
        assert jwe.decrypt(by_jwcrypto.serialize(), key) == jwe.decrypt(by_joserfc, key) == CONTENT


def test_nested_tokens_go_both_ways() -> None:
    signing, sealing = made("ES256"), made("RSA-OAEP-256")
    sealed = jwe.seal(Signer(signing).sign({"sub": "42"}), sealing, enc="A256GCM")
    outer = joserfc_jwe.decrypt_compact(sealed, of_joserfc(sealing), algorithms=["RSA-OAEP-256", "A256GCM"])
    assert outer.plaintext is not None
    inner = joserfc_jwt.decode(outer.plaintext.decode(), of_joserfc(signing), algorithms=["ES256"])
    signed = jwcrypto_jwt.JWT({"alg": "ES256"}, {"sub": "42"})
    signed.make_signed_token(of_jwcrypto(signing))
    theirs = jwcrypto_jwt.JWT({"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT"}, signed.serialize())
    theirs.make_encrypted_token(of_jwcrypto(sealing))

    verifier = Verifier(signing, issuer=None, audience=None, typ=None, require=())
    assert inner.claims == verifier.verify(jwe.unseal(theirs.serialize(), sealing)) == {"sub": "42"}
