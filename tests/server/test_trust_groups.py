"""One token for several services: declared at run time, signed with a key pair or a shared secret."""

from typing import Any

import httpx2
import jwt
import pytest

from gatepass.gate import Gate
from gatepass.gate.status import SERVES
from gatepass.http.view import RequestView
from gatepass.jose import KeySet, TokenRefused, unverified_claims
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.server.settings import Audience
from tests.support.databases import SqliteDatabase
from tests.support.forge import mac_token
from tests.support.live import BANK, NOBODY, PASSWORD, RETIREMENT, SHOP, Live, bearer, live, tokens
from tests.support.token_server import MovedClock

SHARED = Secret(b"a secret that bank and retirement share")
GROUPS = (Audience(BANK, "money"), Audience(RETIREMENT, "money"), Audience(SHOP, "goods"))


def request(token: str) -> RequestView:
    return RequestView(headers=[("authorization", f"Bearer {token}")])


async def refusal(gate: Gate, token: str) -> str:
    with pytest.raises(TokenRefused) as caught:
        await gate.admit(request(token))
    return caught.value.code


async def test_a_service_that_is_declared_while_the_server_runs_is_known_at_once(
    server: Live, client: httpx2.AsyncClient
) -> None:
    await server.person()
    url, other = "https://new.example.com", "https://other.example.com"
    body = {"identifier": "ada", "password": PASSWORD, "resource": [url, other]}
    assert (await client.post("/api/login", json=body)).json()["error"] == "invalid_target"
    clients = server.auth.services.clients
    for one in (url, other):
        await clients.add(one, name="New", trust_group="news", now=server.now, source=NOBODY)
    found = await tokens(client, resource=[url, other])
    gate = Gate(trust=server.auth, audience=other, clock=server.clock)
    assert (await gate.admit(request(found["access_token"]))).audience == (url, other)
    await clients.remove(other, now=server.now, source=NOBODY)
    again = await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})
    assert again.json()["error"] == "invalid_target"
    narrow = await client.post("/api/refresh", json={"refresh_token": found["refresh_token"], "resource": url})
    assert narrow.status_code == 200


async def test_scopes_that_mean_nothing_there_are_left_out(one_server: Live, client: httpx2.AsyncClient) -> None:
    await one_server.person("ada", "news:read", "bank:pay")
    clients = one_server.auth.services.clients
    url = "https://new.example.com"
    await clients.add(url, name="New", scopes="news:read", now=one_server.now, source=NOBODY)
    assert (await tokens(client, resource=url, scope="bank:pay news:read profile"))["scope"] == "news:read profile"


async def test_gates_of_one_group_accept_a_token_and_others_do_not(
    one_server: Live, client: httpx2.AsyncClient
) -> None:
    await one_server.person()
    token = (await tokens(client, resource=[BANK, RETIREMENT]))["access_token"]
    for audience in (BANK, RETIREMENT):
        gate = Gate(trust=one_server.url, audience=audience, clock=one_server.clock)
        assert (await gate.admit(request(token))).audience == (BANK, RETIREMENT)
    shop = Gate(trust=one_server.url, audience=SHOP, clock=one_server.clock)
    assert await refusal(shop, token) == "wrong_audience"


@pytest.fixture
async def sharing(sqlite_database: SqliteDatabase, tmp_path: Any, anyio_backend: str) -> Any:
    """A server whose group `money` has a shared secret."""
    database = sqlite_database.fresh(tmp_path)
    async with live(tmp_path, database=database, audiences=GROUPS, shared_secrets={"money": SHARED}) as server:
        await server.person()
        yield server


def by_secret(server: Live, secret: Secret = SHARED, audience: str = BANK, clock: MovedClock | None = None) -> Gate:
    return Gate(trust=secret, issuer=server.url, audience=audience, clock=clock or server.clock)


async def test_with_a_shared_secret_a_group_needs_no_keys(sharing: Live) -> None:
    async with sharing.client() as client:
        found = await tokens(client, resource=[BANK, RETIREMENT])
        token = found["access_token"]
        header = jwt.get_unverified_header(token)
        assert (header["alg"], header["typ"]) == ("HS256", "at+jwt")
        for audience in (BANK, RETIREMENT):
            assert (await by_secret(sharing, audience=audience).admit(request(token))).issuer == sharing.url
        assert await refusal(by_secret(sharing, audience=SHOP), token) == "wrong_audience"
        other = by_secret(sharing, Secret(b"another secret of more than 32 bytes"))
        assert await refusal(other, token) in ("bad_signature", "unknown_key")
        refreshed = (await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})).json()
        assert jwt.get_unverified_header(refreshed["access_token"])["alg"] == "HS256"


async def test_a_sign_out_reaches_the_members_of_a_group(sharing: Live) -> None:
    """Through the status list, or where the server is in the same process at once."""
    beside = Gate(trust=[sharing.auth, SHARED], issuer=sharing.url, audience=BANK, clock=sharing.clock)
    alone = by_secret(sharing)
    async with sharing.client() as client:
        found = await tokens(client, resource=[BANK, RETIREMENT])
        sent = request(found["access_token"])
        for gate in (alone, beside):
            assert (await gate.admit(sent)).issuer == sharing.url
        assert alone.metrics().status_fetches == 1
        await client.post("/api/logout", json={"refresh_token": found["refresh_token"]})
        assert await refusal(beside, found["access_token"]) == "token_revoked"
        sharing.clock.move(SERVES)
        assert await refusal(alone, found["access_token"]) == "token_revoked"
        assert beside.metrics().status_fetches == 0


async def test_other_groups_and_our_own_api_keep_the_key_pair(sharing: Live) -> None:
    async with sharing.client() as client:
        for resource in (None, SHOP):
            token = (await tokens(client, resource=resource))["access_token"]
            assert jwt.get_unverified_header(token)["alg"] == "ES256"
        assert "oct" not in (await client.get("/.well-known/jwks.json")).text


async def test_our_own_api_never_accepts_what_the_shared_secret_signed(sharing: Live) -> None:
    """Everybody in the group can sign whatever he likes with it."""
    async with sharing.client() as client:
        honest = (await tokens(client, resource=BANK))["access_token"]
        claims = jwt.decode(honest, options={"verify_signature": False})
        kid = (await client.get("/.well-known/jwks.json")).json()["keys"][0]["kid"]
        for headers in ({"kid": "money"}, {"kid": kid}, {}):
            forged = jwt.encode(
                {**claims, "aud": sharing.url}, SHARED.reveal(), "HS256", headers={"typ": "at+jwt", **headers}
            )
            answer = await client.get("/api/me", headers=bearer(forged))
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
            here = Gate(trust=sharing.auth, audience=sharing.url, clock=sharing.clock)
            assert await refusal(here, forged) in ("unknown_key", "bad_signature")
        assert (await client.get("/api/me", headers=bearer(honest))).status_code == 401


async def test_our_own_api_takes_tokens_that_are_for_it_alone(one_server: Live, client: httpx2.AsyncClient) -> None:
    """A service that is named beside it could replay the token here; such a token is never made, and not taken."""
    await one_server.person()
    said = unverified_claims((await tokens(client))["access_token"])
    signer = await one_server.auth.services.ring.signer("at+jwt")
    for audience, status in [
        (one_server.url, 200),
        ([one_server.url], 200),
        ([one_server.url, BANK], 401),
        ([BANK, one_server.url], 401),
        (BANK, 401),
    ]:
        answer = await client.get("/api/me", headers=bearer(signer.sign({**said, "aud": audience})))
        assert (answer.status_code, answer.json().get("error")) == (status, "invalid_token" if status == 401 else None)


async def test_a_public_key_is_no_shared_secret(sharing: Live) -> None:
    """Key confusion: HS256 with the text of the published key as its secret."""
    async with sharing.client() as client:
        published = await client.get("/.well-known/jwks.json")
        claims = jwt.decode((await tokens(client))["access_token"], options={"verify_signature": False})
        key = published.json()["keys"][0]
        for secret in (published.content, key["x"].encode()):
            forged = mac_token({"alg": "HS256", "typ": "at+jwt", "kid": key["kid"]}, claims, secret)
            answer = await client.get("/api/me", headers=bearer(forged))
            assert answer.status_code == 401


async def test_a_short_shared_secret_does_not_start(tmp_path: Any) -> None:
    with pytest.raises(Misuse, match="32 bytes"):
        async with live(tmp_path, audiences=GROUPS, shared_secrets={"money": Secret(b"x" * 31)}):
            pass


@pytest.mark.parametrize("alg", ["ES256", "ES384", "RS256", "PS256", "Ed25519"])
async def test_another_algorithm_is_a_setting(tmp_path: Any, alg: str) -> None:
    async with live(tmp_path, signing_alg=alg) as server, server.client() as client:
        await server.person()
        token = (await tokens(client))["access_token"]
        assert jwt.get_unverified_header(token)["alg"] == alg
        assert (await client.get("/api/me", headers=bearer(token))).status_code == 200
        keys = KeySet.from_jwks((await client.get("/.well-known/jwks.json")).content)
        gate = Gate(trust=keys, issuer=server.url, audience=server.url, clock=server.clock)
        assert await gate.admit(request(token))
