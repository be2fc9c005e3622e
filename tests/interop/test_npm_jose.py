"""Tokens and keys go both ways between a running Gatepass and `jose`, the JOSE library of the Node world."""

import time
from pathlib import Path

import pytest

from gatepass.gate import Gate
from gatepass.jose import TokenRefused
from gatepass.server.settings import Audience
from tests.support.gates import SHOP, KeyServer, bearer, request
from tests.support.live import BANK, Live, live, tokens
from tests.support.npm_jose import Ask, install
from tests.support.token_server import MovedClock

pytestmark = pytest.mark.interop

ALGORITHMS = ["ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519"]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    return install(tmp_path_factory.mktemp("node"))


async def access_token(server: Live) -> str:
    """What somebody gets who signs in for the bank."""
    await server.person("ada", "money:move")
    async with server.client() as client:
        token: str = (await tokens(client, resource=BANK))["access_token"]
    return token


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_jose_verifies_our_access_tokens_by_our_key_set(ask: Ask, tmp_path: Path, algorithm: str) -> None:
    clock = MovedClock(time.time())
    async with live(tmp_path, clock=clock, audiences=(Audience(BANK),), signing_alg=algorithm) as server:
        token, keys = await access_token(server), f"{server.url}/.well-known/jwks.json"
        rules = {"issuer": server.url, "audience": BANK, "typ": "at+jwt", "algorithms": [algorithm]}

        told = await ask("verify", keys=keys, token=token, **rules)
        assert told["header"]["alg"] == algorithm
        assert (told["claims"]["scope"], told["claims"]["aud"]) == ("money:move", BANK)

        head, payload, signature = token.split(".")
        other = "A" if payload[20] != "A" else "B"
        changed = f"{head}.{payload[:20]}{other}{payload[21:]}.{signature}"
        told = await ask("verify", keys=keys, token=changed, **rules)
        assert told == {"refused": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}
        told = await ask("verify", keys=keys, token=token, **{**rules, "audience": SHOP})
        assert told == {"refused": "ERR_JWT_CLAIM_VALIDATION_FAILED"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_our_gate_verifies_tokens_of_jose_by_their_key_set(ask: Ask, algorithm: str) -> None:
    now = int(time.time())
    with KeyServer().running() as issuer:
        claims = {
            "iss": issuer.url,
            "aud": SHOP,
            "sub": "42",
            "exp": now + 60,
            "iat": now,
            "jti": "1",
            "client_id": "c",
        }
        made = await ask("sign", header={"alg": algorithm, "kid": "node-1", "typ": "at+jwt"}, claims=claims)
        issuer.documents["/keys"] = {"keys": [made["jwk"]]}
        gate = Gate(trust=issuer.url, audience=SHOP)

        assert (await gate.admit(request("GET", bearer(made["token"])))).claims == claims

        another = await ask("sign", header={"alg": algorithm, "kid": "node-1", "typ": "at+jwt"}, claims=claims)
        with pytest.raises(TokenRefused, match="bad_signature"):
            await gate.admit(request("GET", bearer(another["token"])))
