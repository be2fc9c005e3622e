"""Signatures in all forms go both ways between Gatepass and `jose`, the JOSE library of the Node world."""

from typing import Any

import pytest

from gatepass.jose import Key, TokenRefused, jws
from tests.support.npm_jose import Ask, install

pytestmark = pytest.mark.interop

CONTENT = "Gr\u00fc\u00dfe"
ALGORITHMS = ["HS256", "HS512", "RS256", "PS384", "ES256", "ES384", "ES512", "Ed25519"]
UNENCODED = {"b64": False, "crit": ["b64"]}


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    return install(tmp_path_factory.mktemp("node"))


@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_jose_verifies_what_we_sign(ask: Ask, alg: str) -> None:
    """And refuses it once a letter of the payload is another."""
    key, content = Key.generate(alg), CONTENT.encode()
    tokens: list[Any] = [
        jws.sign(content, key),
        jws.sign_json(content, key),
        jws.sign_json(content, [key]),
        jws.sign_json(content, key, b64=False),
    ]
    forged = {**jws.sign_json(content, key), "payload": jws.sign_json(b"other", key)["payload"]}

    told = await ask("verifyContent", jwk=key.jwk(private=key.symmetric), tokens=[*tokens, forged])
    assert told["contents"] == [CONTENT] * 4 + [{"refused": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}]


@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_we_verify_what_jose_signs(ask: Ask, alg: str) -> None:
    key = Key.generate(alg)
    header = {"alg": alg, "typ": "x"}

    told = await ask(
        "signContent", jwk=key.jwk(private=True), header=header, unprotected={"kid": key.kid}, content=CONTENT
    )
    assert [jws.verify(token, key).decode() for token in told["tokens"]] == [CONTENT] * 3
    general, flattened, _ = told["tokens"]
    for token in ({**general, "payload": "AAAA"}, {**flattened, "payload": "AAAA"}):
        with pytest.raises(TokenRefused, match="bad_signature"):
            jws.verify(token, key)


@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_we_verify_what_jose_signs_unencoded(ask: Ask, alg: str) -> None:
    """Its tokens then hold an empty payload: the content travels on another way."""
    key = Key.generate(alg)

    told = await ask(
        "signContent",
        jwk=key.jwk(private=True),
        header={"alg": alg, **UNENCODED},
        unprotected={"kid": key.kid},
        content=CONTENT,
    )
    for token in told["tokens"][:2]:
        assert jws.verify(token, key, payload=CONTENT.encode()) == CONTENT.encode()
        with pytest.raises(TokenRefused, match="bad_signature"):
            jws.verify(token, key)
