"""Refreshing and signing out over HTTP: who still gets in afterwards, and where."""

from typing import Any

import httpx2
import jwt
import pytest

from gatepass.gate import Gate
from gatepass.http.view import RequestView
from gatepass.jose import KeySet, TokenRefused
from tests.support.live import BANK, NOBODY, PASSWORD, RETIREMENT, SHOP, Live, bearer, tokens
from tests.support.pages import FORM, SENDING


def read(token: str) -> dict[str, Any]:
    """The claims, unverified."""
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


async def refresh(client: httpx2.AsyncClient, token: str, **more: Any) -> httpx2.Response:
    return await client.post("/api/refresh", json={"refresh_token": token, **more})


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def test_a_refresh_gives_the_next_tokens_of_the_same_sign_in(server: Live, client: httpx2.AsyncClient) -> None:
    await server.person("ada", "pension:read")
    first = await tokens(client, resource=[BANK, RETIREMENT])
    server.clock.move(100)
    second = (await refresh(client, first["refresh_token"])).json()
    assert second.keys() == first.keys()
    before, after = read(first["access_token"]), read(second["access_token"])
    for name in ("iss", "sub", "aud", "sid", "auth_time", "scope", "client_id"):
        assert before[name] == after[name]
    assert after["jti"] != before["jti"]
    assert after["exp"] == server.now + 300


async def test_a_refresh_may_ask_for_less_and_never_for_more(server: Live, client: httpx2.AsyncClient) -> None:
    await server.person("ada", "pension:read")
    first = await tokens(client, resource=[BANK, RETIREMENT], scope="pension:read profile")
    less = (await refresh(client, first["refresh_token"], resource=BANK, scope="profile")).json()
    assert (read(less["access_token"])["aud"], less["scope"]) == (BANK, "profile")
    own = (await refresh(client, less["refresh_token"], resource=server.url)).json()
    assert (await client.get("/api/me", headers=bearer(own["access_token"]))).status_code == 200
    assert code(await refresh(client, own["refresh_token"], resource=SHOP)) == (400, "invalid_target")
    assert code(await refresh(client, own["refresh_token"], scope="email")) == (400, "invalid_scope")
    whole = (await refresh(client, own["refresh_token"])).json()
    assert (whole["scope"], read(whole["access_token"])["aud"]) == ("pension:read profile", [BANK, RETIREMENT])


async def test_a_replayed_refresh_token_ends_the_grant(server: Live, client: httpx2.AsyncClient) -> None:
    await server.person()
    first = await tokens(client)
    second = (await refresh(client, first["refresh_token"])).json()
    repeated = (await refresh(client, first["refresh_token"])).json()
    assert repeated["refresh_token"] == second["refresh_token"]
    server.clock.move(60)
    assert code(await refresh(client, first["refresh_token"])) == (400, "invalid_grant")
    assert code(await refresh(client, second["refresh_token"])) == (400, "invalid_grant")
    assert code(await client.get("/api/me", headers=bearer(second["access_token"]))) == (401, "invalid_token")


async def test_what_is_no_refresh_token_is_refused(one_server: Live, client: httpx2.AsyncClient) -> None:
    for token in ("", "x", "a.b.c", "\0", "é" * 20, "a" * 15_000):
        assert code(await refresh(client, token)) == (400, "invalid_grant"), token[:20]


class Services:
    """Two services that were told the server's keys, each by itself, and ask it nothing."""

    def __init__(self, server: Live, keys: KeySet) -> None:
        self.gates = [
            Gate(trust=keys, issuer=server.url, audience=name, clock=server.clock) for name in (BANK, RETIREMENT)
        ]

    async def answer(self, token: str) -> list[str]:
        """What each of them says."""
        return [await _said(gate, token) for gate in self.gates]


async def _said(gate: Gate, token: str) -> str:
    try:
        return (await gate.admit(RequestView(headers=[("authorization", f"Bearer {token}")]))).kind
    except TokenRefused as refused:
        return refused.code


async def by_bearer(client: httpx2.AsyncClient, found: dict[str, Any]) -> httpx2.Response:
    mine = (await refresh(client, found["refresh_token"], resource=str(client.base_url).rstrip("/"))).json()
    return await client.post("/api/logout", headers=bearer(mine["access_token"]))


async def by_refresh_token(client: httpx2.AsyncClient, found: dict[str, Any]) -> httpx2.Response:
    return await client.post("/api/logout", json={"refresh_token": found["refresh_token"]})


async def from_another_device(client: httpx2.AsyncClient, found: dict[str, Any]) -> httpx2.Response:
    mine = bearer((await tokens(client))["access_token"])
    return await client.delete("/api/sessions", headers=mine)


@pytest.mark.parametrize("sign_out", [by_bearer, by_refresh_token, from_another_device])
async def test_after_signing_out_this_server_refuses_at_once_and_others_within_six_seconds(
    server: Live, client: httpx2.AsyncClient, sign_out: Any
) -> None:
    """Others ask every few seconds, and until then cannot know."""
    await server.person()
    services = Services(server, await server.auth.gate_keys())
    found = await tokens(client, resource=[BANK, RETIREMENT])
    assert await services.answer(found["access_token"]) == ["person", "person"]
    mine = (await refresh(client, found["refresh_token"], resource=server.url)).json()
    assert (await client.get("/api/me", headers=bearer(mine["access_token"]))).status_code == 200
    done = await sign_out(client, found)
    assert (done.status_code, done.content) == (204, b"")
    gone = await client.get("/api/me", headers=bearer(mine["access_token"]))
    assert (gone.status_code, gone.json()["reason"]) == (401, "token_revoked")
    assert code(await refresh(client, mine["refresh_token"])) == (400, "invalid_grant")
    assert await services.answer(found["access_token"]) == ["person", "person"]
    server.clock.move(6)
    assert await services.answer(found["access_token"]) == ["token_revoked", "token_revoked"]
    server.clock.move(294)
    assert await services.answer(found["access_token"]) == ["token_expired", "token_expired"]


async def test_signing_out_with_the_cookie_of_the_pages(server: Live, client: httpx2.AsyncClient) -> None:
    await server.person()
    form = {"identifier": "ada", "password": PASSWORD}
    await client.post("/login", data=form, headers=SENDING)
    assert (await client.get("/api/me")).status_code == 200
    from_elsewhere = {"sec-fetch-site": "same-site"}
    assert code(await client.post("/api/logout", headers=from_elsewhere)) == (403, "cross_site_request")
    assert code(await client.post("/api/logout")) == (403, "cross_site_request")
    assert (await client.get("/api/me")).status_code == 200
    done = await client.post("/api/logout", headers={"sec-fetch-site": "same-origin"})
    assert (done.status_code, "gatepass_session" in client.cookies) == (204, False)
    assert code(await client.get("/api/me")) == (401, "credential_required")


async def test_signing_out_is_idempotent_and_says_nothing_about_tokens(
    one_server: Live, client: httpx2.AsyncClient
) -> None:
    await one_server.person()
    found = await tokens(client)
    for token in (found["refresh_token"], found["refresh_token"], "not.a.token"):
        assert (await client.post("/api/logout", json={"refresh_token": token})).status_code == 204
    assert code(await client.post("/api/logout")) == (401, "credential_required")


async def test_another_site_cannot_take_the_session_cookie_away(one_server: Live, client: httpx2.AsyncClient) -> None:
    """A form of another site comes without the cookie, which is Lax; its answer must not clear it either."""
    await one_server.person()
    forged = {**FORM, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    answer = await client.post("/api/logout", content="refresh_token=x", headers=forged)
    assert "set-cookie" not in answer.headers


async def test_a_disabled_person_is_out_at_once(server: Live, client: httpx2.AsyncClient) -> None:
    sub = await server.person()
    found = await tokens(client)
    await client.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
    assert (await client.get("/api/me")).status_code == 200
    await server.own.disable_user(sub, source=NOBODY)
    assert code(await client.get("/api/me")) == (401, "session_ended")
    client.cookies.clear()
    assert code(await client.get("/api/me", headers=bearer(found["access_token"]))) == (401, "invalid_token")
    assert code(await refresh(client, found["refresh_token"])) == (400, "invalid_grant")


async def test_what_was_taken_back_is_gone_from_the_next_token(server: Live, client: httpx2.AsyncClient) -> None:
    sub = await server.person("ada", "pension:read", "bank:pay")
    found = await tokens(client, resource=BANK)
    assert found["scope"] == "bank:pay pension:read"
    await server.own.grant_scope.revoke(sub, "bank:pay", source=NOBODY)
    assert (await refresh(client, found["refresh_token"])).json()["scope"] == "pension:read"


async def test_a_session_ends_when_it_is_not_used(server: Live, client: httpx2.AsyncClient) -> None:
    await server.person()
    found = await tokens(client)
    server.clock.move(14 * 86_400 - 1)
    found = (await refresh(client, found["refresh_token"])).json()
    server.clock.move(14 * 86_400)
    assert code(await refresh(client, found["refresh_token"])) == (400, "invalid_grant")
