"""Encrypted tokens go both ways between Gatepass and `jose`, the JOSE library of the Node world."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gatepass.jose import Key, TokenRefused, jwe
from gatepass.jose.encryption.content import CONTENT_ENCRYPTIONS
from gatepass.jose.encryption.registry import KEY_MANAGEMENT
from tests.support import jwe_forge
from tests.support.forge import private_pem
from tests.support.npm_jose import Ask, install

pytestmark = pytest.mark.interop

CONTENT = "Gr\u00fc\u00dfe"
AGREED = [alg for alg in KEY_MANAGEMENT if alg.startswith("ECDH")]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    return install(tmp_path_factory.mktemp("node"))


def keys_for(alg: str) -> list[tuple[Key, list[str]]]:
    """Keys for the algorithm, each with the methods that it fits."""
    if alg == "dir":
        sizes = [(enc.key_bytes, enc.name) for enc in CONTENT_ENCRYPTIONS.values()]
        return [(Key.from_secret(bytes(range(size)), alg=alg), [enc]) for size, enc in sizes]
    found = [Key.generate(alg)]
    if alg in AGREED:
        pairs = (ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP521R1()))
        found += [Key.from_pem(private_pem(pair), alg=alg) for pair in (*pairs, X25519PrivateKey.generate())]
    methods = ["A128CBC-HS256"] if alg.startswith("PBES2") else list(CONTENT_ENCRYPTIONS)
    return [(key, methods) for key in found]


def public_jwk(key: Key) -> dict[str, Any]:
    return key.jwk(private=key.symmetric)


@pytest.mark.parametrize("alg", KEY_MANAGEMENT)
async def test_jose_reads_what_we_encrypt(ask: Ask, alg: str) -> None:
    """Once it is told to take as many iterations as we write; with one bit of the tag changed it reads nothing."""
    for key, methods in keys_for(alg):
        header = {"apu": "QWxpY2U", "apv": "Qm9i"} if alg in AGREED else {}
        tokens = [jwe.encrypt(CONTENT.encode(), key, enc=enc, header=header) for enc in methods]
        tag = jwe_forge.part(tokens[0], 4)
        tokens.append(jwe_forge.with_part(tokens[0], 4, bytes([tag[0] ^ 1]) + tag[1:]))

        options = {"maxPBES2Count": 600_000, "keyManagementAlgorithms": [alg]}
        told = await ask("decrypt", jwk=key.jwk(private=True), tokens=tokens, options=options)
        assert told["contents"] == [CONTENT] * len(methods) + [{"refused": "ERR_JWE_DECRYPTION_FAILED"}]


@pytest.mark.parametrize("alg", KEY_MANAGEMENT)
async def test_we_read_what_jose_encrypts(ask: Ask, alg: str) -> None:
    for key, methods in keys_for(alg):
        headers = [{"alg": alg, "enc": enc} for enc in methods]
        told = await ask("encrypt", jwk=public_jwk(key), headers=headers, content=CONTENT)

        assert [jwe.decrypt(token, key).decode() for token in told["tokens"]] == [CONTENT] * len(methods)
        assert [json.loads(jwe_forge.part(token, 0))["enc"] for token in told["tokens"]] == methods
        tag = jwe_forge.part(told["tokens"][0], 4)
        with pytest.raises(TokenRefused, match="decryption_failed"):
            jwe.decrypt(jwe_forge.with_part(told["tokens"][0], 4, bytes([tag[0] ^ 1]) + tag[1:]), key)
