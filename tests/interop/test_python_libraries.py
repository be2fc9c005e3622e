"""Services that use PyJWT or joserfc instead of the gate verify our tokens by our JWK set, and the reverse."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError

from gatepass.gate import Gate
from gatepass.jose import Key
from gatepass.server.settings import Audience
from tests.support.gates import SHOP, KeyServer, bearer, request
from tests.support.live import BANK, Live, live, tokens
from tests.support.token_server import MovedClock

ALGORITHMS = ["ES256", "RS256"]


@pytest.fixture(params=ALGORITHMS)
async def server(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Live]:
    """A running auth server that signs with this algorithm, on the clock that everybody has."""
    clock = MovedClock(time.time())
    async with live(tmp_path, clock=clock, audiences=(Audience(BANK),), signing_alg=request.param) as server:
        yield server


@pytest.fixture
async def token(server: Live) -> str:
    """What somebody gets who signs in for the bank."""
    await server.person("ada", "money:move")
    async with server.client() as client:
        found: str = (await tokens(client, resource=BANK))["access_token"]
    return found


def changed(token: str) -> str:
    """The token with another character in its payload."""
    head, payload, signature = token.split(".")
    return f"{head}.{payload[:20]}{'A' if payload[20] != 'A' else 'B'}{payload[21:]}.{signature}"


async def test_pyjwt_verifies_our_tokens(server: Live, token: str) -> None:
    client = jwt.PyJWKClient(f"{server.url}/.well-known/jwks.json")
    key = await asyncio.to_thread(client.get_signing_key_from_jwt, token)

    def verified(token: str, audience: str) -> dict[str, Any]:
        found: dict[str, Any] = jwt.decode(token, key, algorithms=ALGORITHMS, audience=audience, issuer=server.url)
        return found

    assert verified(token, BANK)["scope"] == "money:move"
    with pytest.raises(jwt.InvalidAudienceError):
        verified(token, SHOP)
    with pytest.raises(jwt.InvalidSignatureError):
        verified(changed(token), BANK)


async def test_joserfc_verifies_our_tokens(server: Live, token: str) -> None:
    async with server.client() as client:
        keys = joserfc_jwk.KeySet.import_key_set((await client.get("/.well-known/jwks.json")).json())
    rules = joserfc_jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": server.url}, aud={"essential": True, "value": BANK}
    )
    found = joserfc_jwt.decode(token, keys, algorithms=ALGORITHMS)
    rules.validate(found.claims)
    assert found.claims["scope"] == "money:move"
    with pytest.raises(JoseError):
        joserfc_jwt.decode(changed(token), keys, algorithms=ALGORITHMS)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_our_gate_verifies_tokens_of_pyjwt_by_their_key_set(algorithm: str) -> None:
    now, key = int(time.time()), Key.generate(algorithm)
    private = jwt.PyJWK.from_json(json.dumps(key.jwk(private=True)))
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
        token = jwt.encode(claims, private, algorithm=algorithm, headers={"typ": "at+jwt", "kid": key.kid})
        issuer.documents["/keys"] = {"keys": [key.public().jwk()]}
        gate = Gate(trust=issuer.url, audience=SHOP)
        assert (await gate.admit(request("GET", bearer(token)))).claims == claims
