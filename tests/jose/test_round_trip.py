"""Every algorithm signs what it verifies."""

import pytest

from gatepass import jose
from gatepass.jose.algorithms import SIGNATURES
from tests.support.jose_keys import made


@pytest.mark.parametrize("alg", SIGNATURES)
def test_a_signed_token_verifies(alg: str) -> None:
    key = made(alg)
    signer = jose.Signer(key, typ="at+jwt", issuer="https://id.test", lifetime=300)
    token = signer.sign({"sub": "42", "aud": "https://shop.test"}, now=1000)
    verifier = jose.Verifier(key, issuer="https://id.test", audience="https://shop.test", typ="at+jwt")

    assert verifier.verify(token, now=1299) == {
        "sub": "42",
        "aud": "https://shop.test",
        "iss": "https://id.test",
        "iat": 1000,
        "exp": 1300,
    }


@pytest.mark.parametrize("alg", SIGNATURES)
def test_a_public_set_verifies_what_its_private_keys_signed(alg: str) -> None:
    key = made(alg)
    exported = {"keys": [key.jwk(private=True)]} if key.symmetric else jose.KeySet([key]).jwks()
    token = jose.jws.sign(b"any bytes", key)

    assert jose.jws.verify(token, jose.KeySet.from_jwks(exported), [alg]) == b"any bytes"
