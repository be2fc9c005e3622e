"""Keys of all kinds, and signatures with ML-DSA, go both ways between Gatepass and the `jose` of the Node world."""

from typing import Any

import pytest

from gatepass.jose import Key, jws
from tests.support.jose_keys import KEY_PAIRS
from tests.support.npm_jose import Ask, install

pytestmark = pytest.mark.interop

CONTENT = "Gr\u00fc\u00dfe"
UNKNOWN_TO_NODE = [
    "ES256K",
    "Ed448",
    "ECDH-ES X448",
    "ECDH-ES+A128KW X448",
    "ECDH-ES+A192KW X448",
    "ECDH-ES+A256KW X448",
]
"""Its web crypto leaves these curves out, or keeps them from `jose`."""

SINCE_NODE_24 = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]
SHARED = [name for name in KEY_PAIRS if name not in UNKNOWN_TO_NODE]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    return install(tmp_path_factory.mktemp("node"))


async def must_know(ask: Ask, name: str) -> Key:
    """Our key; skips the test when this Node is too old for its kind."""
    key = KEY_PAIRS[name]()
    if name in SINCE_NODE_24 and not (await ask("knows", alg=key.alg))["knows"]:
        pytest.skip(f"this Node does not know {name}; 24.7 does")
    return key


def numbers(jwk: dict[str, Any]) -> dict[str, Any]:
    """What the key is, without what is said about it."""
    return {name: value for name, value in jwk.items() if name not in ("alg", "kid", "use", "key_ops", "ext")}


@pytest.mark.parametrize("name", SHARED)
async def test_jose_reads_our_keys(ask: Ask, name: str) -> None:
    key = await must_know(ask, name)
    told = await ask("readKey", jwk=key.jwk(), pkcs8=key.pem(private=True), spki=key.pem())

    assert numbers(told["public"]) == numbers(key.jwk())
    assert numbers(told["private"]) == numbers(key.jwk(private=True))
    assert told["thumbprint"] == key.thumbprint_uri()


@pytest.mark.parametrize("name", SHARED)
async def test_we_read_keys_of_jose(ask: Ask, name: str) -> None:
    alg = (await must_know(ask, name)).alg
    crv = name.partition(" ")[2]
    told = await ask("makeKey", alg=alg, **({"crv": crv} if crv else {}))
    private = Key.from_jwk(told["jwk"])

    assert numbers(private.jwk(private=True)) == numbers(told["jwk"])
    assert Key.from_jwk(told["public"]).jwk() == private.jwk()
    assert Key.from_pem(told["pkcs8"], alg=alg).jwk(private=True) == private.jwk(private=True)
    assert Key.from_pem(told["spki"], alg=alg).jwk() == private.jwk()
    assert told["thumbprint"] == private.thumbprint()


@pytest.mark.parametrize("alg", SINCE_NODE_24)
async def test_ml_dsa_signatures_go_both_ways(ask: Ask, alg: str) -> None:
    key = await must_know(ask, alg)
    told = await ask("signContent", jwk=key.jwk(private=True), header={"alg": alg}, unprotected={}, content=CONTENT)
    assert jws.verify(told["tokens"][2], key.public()) == CONTENT.encode()

    token = jws.sign(CONTENT.encode(), key)
    changed = token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:]
    told = await ask("verifyContent", jwk=key.jwk(), tokens=[token, changed])
    assert told["contents"] == [CONTENT, {"refused": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}]


@pytest.mark.parametrize("name", UNKNOWN_TO_NODE)
async def test_what_jose_is_not_asked_it_does_not_know(ask: Ask, name: str) -> None:
    """When this fails, the list is too long."""
    key = KEY_PAIRS[name]()
    told = await ask("readKey", jwk=key.jwk(), pkcs8=key.pem(private=True), spki=key.pem())

    assert told.keys() == {"refused"}
