"""One's own account over HTTP: profile, password, sessions, and the end of it."""

from typing import Any

import httpx2

from tests.support.live import OTHER_PASSWORD, PASSWORD, Live, bearer, tokens
from tests.support.pages import FIREFOX, SENDING


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def signed_in(client: httpx2.AsyncClient, identifier: str = "ada") -> dict[str, str]:
    """The header of a fresh sign-in."""
    return bearer((await tokens(client, identifier))["access_token"])


async def test_only_what_was_sent_changes(server: Live, client: httpx2.AsyncClient) -> None:
    await server.person(email="ada@example.com", name="Ada")
    me = await signed_in(client)
    named = (await client.patch("/api/me", json={"name": "Ada L."}, headers=me)).json()
    assert (named["name"], named["email"]) == ("Ada L.", "ada@example.com")
    cleared = (await client.patch("/api/me", json={"email": None, "name": None}, headers=me)).json()
    assert (cleared["name"], cleared["email"], cleared["username"]) == (None, None, "ada")
    assert (await client.get("/api/me", headers=me)).json() == cleared
    assert (await client.patch("/api/me", json={}, headers=me)).json() == cleared


async def test_a_username_is_chosen_once(server: Live, client: httpx2.AsyncClient) -> None:
    """What the page offers, the API offers: who registered with an address may choose a name later."""
    await server.person("eve")
    await server.person(None, email="ada@example.com")
    me = await signed_in(client, "ada@example.com")
    taken = await client.patch("/api/me", json={"username": "Eve"}, headers=me)
    assert code(taken) == (409, "identifier_unavailable")
    assert (await client.patch("/api/me", json={"username": "ada"}, headers=me)).json()["username"] == "ada"
    assert code(await client.patch("/api/me", json={"username": "grace"}, headers=me)) == (409, "username_fixed")
    assert code(await client.patch("/api/me", json={"username": None}, headers=me)) == (400, "invalid_field")


async def test_a_change_of_the_password_ends_all_other_sessions(server: Live, client: httpx2.AsyncClient) -> None:
    await server.person()
    elsewhere = await tokens(client)
    async with server.client() as browser:
        await browser.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
        me = await signed_in(client)
        wrong = {"current_password": OTHER_PASSWORD, "new_password": OTHER_PASSWORD}
        assert code(await client.post("/api/password", json=wrong, headers=me)) == (401, "invalid_credentials")
        weak = {"current_password": PASSWORD, "new_password": "password"}
        assert code(await client.post("/api/password", json=weak, headers=me)) == (400, "password_too_short")
        assert (await browser.get("/api/me")).status_code == 200
        right = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
        done = await client.post("/api/password", json=right, headers=me)
        assert (done.status_code, done.content) == (204, b"")
        assert (await client.get("/api/me", headers=me)).status_code == 200
        assert code(await browser.get("/api/me")) == (401, "session_ended")
        assert code(await client.get("/api/me", headers=bearer(elsewhere["access_token"]))) == (401, "invalid_token")
        refused = await client.post("/api/refresh", json={"refresh_token": elsewhere["refresh_token"]})
        assert code(refused) == (400, "invalid_grant")
    old = await client.post("/api/login", json={"identifier": "ada", "password": PASSWORD})
    assert code(old) == (401, "invalid_credentials")
    new = await client.post("/api/login", json={"identifier": "ada", "password": OTHER_PASSWORD})
    assert new.status_code == 200


async def test_deleting_the_account_asks_for_a_fresh_sign_in(server: Live, client: httpx2.AsyncClient) -> None:
    sub = await server.person(email="ada@example.com")
    first = await tokens(client)
    server.clock.move(301)
    old = await client.post("/api/refresh", json={"refresh_token": first["refresh_token"]})
    stale = await client.delete("/api/me", headers=bearer(old.json()["access_token"]))
    assert code(stale) == (401, "insufficient_user_authentication")
    assert 'max_age="300"' in stale.headers["www-authenticate"]
    me = await signed_in(client)
    assert (await client.delete("/api/me", headers=me)).status_code == 204
    assert code(await client.get("/api/me", headers=me)) == (401, "invalid_token")
    for identifier in ("ada", "ada@example.com"):
        again = await client.post("/api/login", json={"identifier": identifier, "password": PASSWORD})
        assert code(again) == (401, "invalid_credentials")
    # The name stays reserved, the address does not: it belongs to somebody outside of here.
    taken = await client.post("/api/register", json={"username": "ada", "password": PASSWORD})
    assert code(taken) == (409, "identifier_unavailable")
    free = await client.post("/api/register", json={"email": "ada@example.com", "password": PASSWORD})
    assert free.json()["sub"] != sub
    lines = await server.audit(sub)
    assert lines[-1].name == "user_deleted"
    assert {(line.address, line.agent) for line in lines} == {(None, None)}


async def test_sessions_are_listed_and_ended_one_by_one_or_all_others(server: Live, client: httpx2.AsyncClient) -> None:
    await server.person()
    await server.person("eve")
    async with server.client(**{"user-agent": FIREFOX}) as browser:
        await browser.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
        server.clock.move(1)
        third = await signed_in(client)
        server.clock.move(1)
        me = await signed_in(client)
        found = (await client.get("/api/sessions", headers=me)).json()["sessions"]
        assert [(one["kind"], one["current"]) for one in found] == [("api", True), ("api", False), ("browser", False)]
        assert (found[2]["agent"], found[2]["address"]) == (FIREFOX, "127.0.0.1")
        assert found[0]["signed_in_at"] == server.now
        assert found[2]["ends_at"] == server.now - 2 + 7 * 86_400
        eve = await signed_in(client, "eve")
        assert code(await client.delete(f"/api/sessions/{found[2]['id']}", headers=eve)) == (404, "not_found")
        assert (await browser.get("/api/me")).status_code == 200
        assert (await client.delete(f"/api/sessions/{found[2]['id']}", headers=me)).status_code == 204
        assert code(await client.delete(f"/api/sessions/{found[2]['id']}", headers=me)) == (404, "not_found")
        assert code(await browser.get("/api/me")) == (401, "session_ended")
    assert (await client.get("/api/me", headers=third)).status_code == 200
    assert (await client.delete("/api/sessions", headers=me)).status_code == 204
    assert code(await client.get("/api/me", headers=third)) == (401, "invalid_token")
    [left] = (await client.get("/api/sessions", headers=me)).json()["sessions"]
    assert left["current"]
    assert (await client.get("/api/me", headers=eve)).status_code == 200


async def test_signing_out_everywhere_ends_the_one_that_asks_as_well(server: Live, client: httpx2.AsyncClient) -> None:
    """Asked by a browser, which forgets its cookie, or by a program; nobody else is touched."""
    await server.person()
    await server.person("eve")
    eve = await signed_in(client, "eve")
    async with server.client(**{"user-agent": FIREFOX}) as browser:
        for who in ("browser", "program"):
            await browser.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
            me = await signed_in(client)
            same_origin = {"origin": server.url}
            ended = await (
                browser.post("/api/logout/everywhere", headers=same_origin)
                if who == "browser"
                else client.post("/api/logout/everywhere", headers=me)
            )
            assert ended.status_code == 204
            assert ("set-cookie" in ended.headers) is (who == "browser")
            assert code(await client.get("/api/me", headers=me)) == (401, "invalid_token")
            assert (await browser.get("/api/me")).status_code == 401
    assert (await client.get("/api/me", headers=eve)).status_code == 200
    assert code(await client.post("/api/logout/everywhere")) == (401, "credential_required")


async def test_a_listed_session_names_its_device(server: Live, client: httpx2.AsyncClient) -> None:
    """In words; whatever a program calls itself comes as text, and cut."""
    await server.person()
    for agent in (FIREFOX, "<script>alert(1)</script>" + "x" * 1_000):
        found = await client.post(
            "/api/login", json={"identifier": "ada", "password": PASSWORD}, headers={"user-agent": agent}
        )
        assert found.status_code == 200
    me = bearer(found.json()["access_token"])
    listed = (await client.get("/api/sessions", headers=me)).json()["sessions"]
    named = {(one["device"], len(one["agent"])) for one in listed}
    assert named == {("Firefox on Windows", len(FIREFOX)), ("Unknown device", 400)}


TAKEN: list[tuple[dict[str, Any], int, str]] = [
    ({"username": "ADA"}, 409, "identifier_unavailable"),
    ({"email": "ada@EXAMPLE.com"}, 409, "identifier_unavailable"),
    ({"username": "grace", "email": "ada@example.com"}, 409, "identifier_unavailable"),
    ({}, 400, "identifier_missing"),
    ({"username": "a b"}, 400, "username_invalid"),
    ({"username": "a\0b"}, 400, "username_invalid"),
    ({"email": "nobody"}, 400, "email_invalid"),
    ({"username": "grace", "password": "short"}, 400, "password_too_short"),
    ({"username": "grace", "password": "aaaaaaaaaaaaaaaaaaaaaaa"}, 400, "password_too_weak"),
    ({"username": "grace", "password": "é" * 300}, 400, "password_too_long"),
    ({"username": "grace", "name": "a\nb"}, 400, "name_invalid"),
]


async def test_what_cannot_be_registered_says_why(one_server: Live, client: httpx2.AsyncClient) -> None:
    await one_server.person(email="ada@example.com")
    for fields, status, name in TAKEN:
        answer = await client.post("/api/register", json={"password": PASSWORD, **fields})
        assert code(answer) == (status, name), fields


async def test_an_address_registers_twenty_times_an_hour(one_server: Live, client: httpx2.AsyncClient) -> None:
    body = {"username": "ada", "password": "short"}
    answers = [await client.post("/api/register", json=body) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [400] * 20 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_registration_can_be_closed(tmp_path: Any) -> None:
    from tests.support.live import live

    async with live(tmp_path, registration="closed") as server, server.client() as client:
        assert code(await client.post("/api/register", json={})) == (404, "not_found")
        assert (await client.get("/register")).status_code == 404
        assert "/register" not in (await client.get("/login")).text
        assert "/api/register" not in (await client.get("/openapi.json")).text
