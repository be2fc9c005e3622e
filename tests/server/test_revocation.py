"""Revocation over HTTP (RFC 7009): which grant ends, and which does not."""

import asyncio
from typing import Any

import httpx2
import jwt
import pytest

from gatepass.tokens.status_list import StatusList
from tests.support.live import BANK, PASSWORD, RETIREMENT, Live, bearer, tokens
from tests.support.oauth import Service, given_to, service, signed_in
from tests.support.pages import SENDING

OK: tuple[int, Any] = (200, {})


async def revoke(client: httpx2.AsyncClient, token: str, **more: Any) -> tuple[int, Any]:
    """What the public client is told."""
    answer = await client.post("/oauth/revoke", data={"token": token, **more})
    return answer.status_code, answer.json()


async def refreshes(client: httpx2.AsyncClient, found: dict[str, Any]) -> bool:
    """Whether the grant still gives tokens."""
    answer = await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})
    return answer.status_code == 200


async def own_token(client: httpx2.AsyncClient, server: Live, found: dict[str, Any]) -> dict[str, Any]:
    """The next tokens of a grant, for the auth server itself."""
    answer = await client.post("/api/refresh", json={"refresh_token": found["refresh_token"], "resource": server.url})
    tokens: dict[str, Any] = answer.json()
    return tokens


def sid(found: dict[str, Any]) -> str:
    said: str = jwt.decode(found["access_token"], options={"verify_signature": False})["sid"]
    return said


async def test_a_refresh_token_ends_its_grant_at_once(server: Live, client: httpx2.AsyncClient) -> None:
    """The token is the proof: the public client shows no secret. Access tokens of the grant end here as well."""
    found = await own_token(client, server, await signed_in(server))
    assert (await client.get("/api/me", headers=bearer(found["access_token"]))).status_code == 200
    assert await revoke(client, found["refresh_token"], token_type_hint="refresh_token") == OK
    assert not await refreshes(client, found)
    gone = await client.get("/api/me", headers=bearer(found["access_token"]))
    assert (gone.status_code, gone.json()["reason"]) == (401, "token_revoked")


async def test_services_see_it_in_the_status_list(server: Live, client: httpx2.AsyncClient) -> None:
    """The bit of the grant is set in the same unit, so who asks nobody learns of it with the next list."""
    found = await signed_in(server)
    claims = jwt.decode(found["access_token"], options={"verify_signature": False})
    place = claims["status"]["status_list"]

    async def is_set() -> bool:
        fetched = await client.get(place["uri"])
        listed = jwt.decode(fetched.text, options={"verify_signature": False})["status_list"]
        return StatusList.decode(listed["lst"], listed["bits"]).is_set(place["idx"])

    assert not await is_set()
    await revoke(client, found["refresh_token"])
    server.clock.move(1)
    assert await is_set()


async def test_only_that_grant_ends(server: Live, client: httpx2.AsyncClient) -> None:
    """Not another sign-in of the same person, and not the session in the browser."""
    first = await signed_in(server)
    second = await tokens(client, resource=BANK)
    await client.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
    assert await revoke(client, first["refresh_token"]) == OK
    assert await refreshes(client, second)
    assert (await client.get("/api/me")).status_code == 200


async def test_the_session_of_an_ended_grant_is_not_ended(server: Live, client: httpx2.AsyncClient) -> None:
    """`/oauth/revoke` ends that grant only."""
    found = await signed_in(server)
    before = await server.auth.services.list_sessions.of_all()
    await revoke(client, found["refresh_token"])
    assert await server.auth.services.list_sessions.of_all() == before


async def test_the_change_and_its_audit_line_are_one_unit_and_come_once(
    server: Live, client: httpx2.AsyncClient
) -> None:
    found = await signed_in(server)
    for _ in range(3):
        assert await revoke(client, found["refresh_token"], client_id="gatepass-first-party") == OK
    lines = [line for line in await server.audit() if line.name == "grant_revoked"]
    assert [(line.client, line.detail) for line in lines] == [
        ("gatepass-first-party", {"token": "refresh_token", "asked_by": "gatepass-first-party"})
    ]
    assert lines[0].session is not None
    assert lines[0].request_id
    assert found["refresh_token"] not in repr(lines)


async def test_many_revocations_at_once_are_one(server: Live, client: httpx2.AsyncClient) -> None:
    found = await signed_in(server)
    answers = await asyncio.gather(*(revoke(client, found["refresh_token"]) for _ in range(20)))
    assert answers == [OK] * 20
    assert [line.name for line in await server.audit()].count("grant_revoked") == 1


async def test_after_an_acknowledged_revocation_no_refresh_that_was_under_way_brings_the_grant_back(
    server: Live, client: httpx2.AsyncClient
) -> None:
    """Whichever came first: what the refresh gave, if anything, is no good afterwards."""
    found = await signed_in(server)
    for _ in range(5):
        body = {"refresh_token": found["refresh_token"]}
        refreshing = [client.post("/api/refresh", json=body) for _ in range(4)]
        given, ended = await asyncio.gather(asyncio.gather(*refreshing), revoke(client, found["refresh_token"]))
        assert ended == OK
        for answer in given:
            assert answer.status_code in (200, 400)
            assert answer.status_code == 400 or not await refreshes(client, answer.json())
        found = await tokens(client, resource=BANK)


async def test_a_token_of_any_generation_is_proof_enough(server: Live, client: httpx2.AsyncClient) -> None:
    """Whoever holds a real one may end the grant; with the newest or with one that was replaced."""
    first = await signed_in(server)
    second = await own_token(client, server, first)
    server.clock.move(3_600)
    assert await revoke(client, first["refresh_token"]) == OK
    assert not await refreshes(client, second)


async def test_what_was_never_a_token_of_ours_changes_nothing_and_nothing_is_said(
    server: Live, client: httpx2.AsyncClient
) -> None:
    """Section 2.2: invalid tokens are no error. A wrong MAC ends nothing, whatever family it names."""
    found = await signed_in(server)
    family, generation, mac = found["refresh_token"].split(".")
    other = await tokens(client, resource=BANK)
    before = await server.audit()
    for token in (
        f"{family}.{generation}.{mac[:-2]}AA",
        f"{family}.1.{mac}",
        f"{family}.{generation}.{other['refresh_token'].split('.')[2]}",
        f"{other['refresh_token'].split('.')[0]}.{generation}.{mac}",
        f"{'A' * 22}.0.{mac}",
        family,
        "x",
        "é",
        "a" * 15_000,
    ):
        assert await revoke(client, token) == OK
    assert await server.audit() == before
    assert await refreshes(client, found)


async def test_an_access_token_for_this_server_ends_its_grant(server: Live, client: httpx2.AsyncClient) -> None:
    """Nobody but the client and this server has seen it."""
    found = await own_token(client, server, await signed_in(server))
    assert await revoke(client, found["access_token"], token_type_hint="access_token") == OK
    assert not await refreshes(client, found)
    [line] = [line for line in await server.audit() if line.name == "grant_revoked"]
    assert line.detail["token"] == "access_token"
    assert await revoke(client, found["access_token"]) == OK


@pytest.mark.parametrize("resource", [BANK, [BANK, RETIREMENT]])
async def test_a_service_cannot_sign_people_out_with_the_tokens_it_is_sent(
    server: Live, client: httpx2.AsyncClient, resource: Any
) -> None:
    """It could pretend to be the public client: an access token for a service is no proof (section 2.2.1)."""
    found = await signed_in(server, resource=resource)
    status, told = await revoke(client, found["access_token"])
    assert (status, told["error"]) == (400, "unsupported_token_type")
    assert await refreshes(client, found)
    assert "grant_revoked" not in [line.name for line in await server.audit()]


async def test_an_expired_access_token_ends_nothing(server: Live, client: httpx2.AsyncClient) -> None:
    found = await own_token(client, server, await signed_in(server))
    server.clock.move(300)
    assert await revoke(client, found["access_token"]) == OK
    assert await refreshes(client, found)


async def as_confidential(bank: Service, token: str) -> tuple[int, Any]:
    answer = await bank.client.post("/oauth/revoke", headers=bank.header, data={"token": token})
    return answer.status_code, answer.json()


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
async def test_the_token_of_another_client_is_refused_and_audited_and_nothing_changes(server: Live, kind: str) -> None:
    """Section 2.1: the token was issued to the client that asks."""
    bank = await service(server)
    found = await signed_in(server)
    status, told = await as_confidential(bank, found[kind])
    assert (status, told["error"]) == (400, "unauthorized_client")
    line = (await server.audit())[-1]
    assert (line.name, line.client) == ("revocation_refused", "gatepass-first-party")
    assert line.detail == {"token": kind, "asked_by": bank.id}
    assert await refreshes(bank.client, found)


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
async def test_a_confidential_client_gives_back_its_own_grant_and_nobody_else_does(server: Live, kind: str) -> None:
    """Its access tokens count whomever they are for: it has shown who it is."""
    bank, other = await service(server), await service(server, RETIREMENT, "Retirement")
    found = await signed_in(server)
    await given_to(server, sid(found), bank.id)
    assert (await as_confidential(other, found[kind]))[0] == 400
    status, told = await revoke(bank.client, found["refresh_token"])
    assert (status, told["error"]) == (400, "unauthorized_client")
    assert await server.auth.services.sessions.live(sid(found), now=server.now) is not None
    assert await as_confidential(bank, found[kind]) == OK
    assert await server.auth.services.sessions.live(sid(found), now=server.now) is None


async def test_a_confidential_client_must_show_its_secret(server: Live, client: httpx2.AsyncClient) -> None:
    bank = await service(server)
    found = await signed_in(server)
    await given_to(server, sid(found), bank.id)
    for shown in ({"client_id": bank.id}, {"client_id": bank.id, "client_secret": "wrong"}, {"client_id": "nobody"}):
        status, told = await revoke(client, found["refresh_token"], **shown)
        assert (status, told["error"]) == (401, "invalid_client")
    assert await server.auth.services.sessions.live(sid(found), now=server.now) is not None


async def test_no_cookie_counts_and_so_no_rule_about_other_sites_is_needed(
    one_server: Live, client: httpx2.AsyncClient
) -> None:
    """Another site's form without a token ends nothing; with a real token it needs no browser."""
    found = await signed_in(one_server)
    await client.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
    forged = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "origin": "https://evil.example.com"}
    answer = await client.post("/oauth/revoke", data={"client_id": "gatepass-first-party"}, headers=forged)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert (await client.get("/api/me")).status_code == 200
    answer = await client.post("/oauth/revoke", data={"token": found["refresh_token"]}, headers=forged)
    assert answer.status_code == 200
    assert not await refreshes(client, found)
