"""Front-ends on other origins (CORS), and the auth server behind a TLS proxy."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.databases import SqliteDatabase
from tests.support.live import OTHER_PASSWORD, PASSWORD, Live, bearer, live, tokens
from tests.support.pages import FORM, LOOKING, SENDING

APP = "https://app.example.com"
PROXY = "127.0.0.1"


@pytest.fixture
async def one_server(sqlite_database: SqliteDatabase, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Live]:
    """With a front-end on another origin."""
    async with live(tmp_path, database=sqlite_database.fresh(tmp_path), origins=(APP,)) as server:
        yield server


def asking(method: str, origin: str = APP) -> dict[str, str]:
    """The headers of a preflight."""
    return {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type",
    }


async def test_a_listed_front_end_may_ask_send_and_read(one_server: Live, client: httpx2.AsyncClient) -> None:
    await one_server.person()
    for method, path in [("POST", "/api/login"), ("PATCH", "/api/me"), ("DELETE", "/api/sessions/x")]:
        allowed = await client.options(path, headers=asking(method))
        assert allowed.status_code == 204
        assert allowed.headers["access-control-allow-origin"] == APP
        assert method in allowed.headers["access-control-allow-methods"]
        assert "Authorization" in allowed.headers["access-control-allow-headers"]
        assert allowed.headers["vary"] == "Origin"
    body = {"identifier": "ada", "password": PASSWORD}
    sent = {"origin": APP, "sec-fetch-site": "cross-site"}
    found = await client.post("/api/login", json=body, headers=sent)
    assert found.headers["access-control-allow-origin"] == APP
    me = await client.get("/api/me", headers={**sent, **bearer(found.json()["access_token"])})
    assert (me.status_code, me.headers["access-control-allow-origin"]) == (200, APP)


async def test_refusals_can_be_read_as_well(one_server: Live, client: httpx2.AsyncClient) -> None:
    sent = {"origin": APP}
    answers = [
        await client.get("/api/me", headers=sent),
        await client.post("/api/login", content=b"{", headers={**sent, "content-type": "application/json"}),
        await client.post("/api/login", content=b"x" * 17_000, headers=sent),
        await client.put("/api/me", headers=sent),
    ]
    assert [answer.status_code for answer in answers] == [401, 400, 413, 405]
    assert {answer.headers["access-control-allow-origin"] for answer in answers} == {APP}
    assert {answer.headers["access-control-expose-headers"] for answer in answers} == {"Retry-After, WWW-Authenticate"}


async def test_nobody_else_may(one_server: Live, client: httpx2.AsyncClient) -> None:
    for origin in ("https://evil.example", "null", APP + ":444", APP.replace("https", "http"), "*", ""):
        refused = await client.options("/api/me", headers=asking("GET", origin))
        assert refused.status_code == 403
        answer = await client.get("/api/me", headers={"origin": origin})
        for one in (refused, answer):
            assert not [name for name in one.headers if name.startswith("access-control-")], origin
            assert one.headers["vary"] == "Origin"


async def test_cookies_are_never_for_other_origins(one_server: Live, client: httpx2.AsyncClient) -> None:
    """A page of the front-end can read what its tokens get, never what the person's cookie gets."""
    await one_server.person()
    await client.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
    answer = await client.get("/api/me", headers={"origin": APP, "sec-fetch-site": "cross-site"})
    assert "access-control-allow-credentials" not in answer.headers
    for method, path in [("PATCH", "/api/me"), ("DELETE", "/api/me"), ("POST", "/api/logout")]:
        forged = await client.request(method, path, json={}, headers={"origin": APP})
        assert (forged.status_code, forged.json()["error"]) == (403, "cross_site_request")


async def test_another_site_cannot_replace_the_cookie_of_a_known_device(
    one_server: Live, client: httpx2.AsyncClient
) -> None:
    """A form of his signs in himself; the browser must stay known for its owner."""
    await one_server.person()
    await one_server.person("eve")
    await tokens(client)
    form = "identifier=eve&password=" + PASSWORD.replace(" ", "+")
    for site in ("cross-site", "same-site"):
        answer = await client.post("/api/login", content=form, headers={**FORM, "sec-fetch-site": site})
        assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)


async def test_keys_and_metadata_may_be_read_from_everywhere(one_server: Live, client: httpx2.AsyncClient) -> None:
    for path in ("/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/openapi.json"):
        answer = await client.get(path, headers={"origin": "https://anyone.example"})
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_pages_are_for_nobody_else(one_server: Live, client: httpx2.AsyncClient) -> None:
    for path in ("/login", "/account", "/nothing"):
        answer = await client.get(path, headers={**LOOKING, "origin": APP})
        assert not [name for name in answer.headers if name.startswith("access-control-")]


class TestBehindAProxy:
    @pytest.fixture
    async def one_server(
        self, sqlite_database: SqliteDatabase, tmp_path: Path, anyio_backend: str
    ) -> AsyncIterator[Live]:
        """Reached as https://id.example.com, through a proxy on this machine."""
        database = sqlite_database.fresh(tmp_path)
        more: Any = {"issuer": "https://id.example.com", "proxy": (PROXY,), "sign_ins_per_address": 2}
        async with live(tmp_path, database=database, **more) as server:
            await server.person()
            yield server

    async def test_its_word_about_the_address_counts(self, one_server: Live, client: httpx2.AsyncClient) -> None:
        for forwarded, address in {
            "203.0.113.9": "203.0.113.9",
            "198.51.100.1, 203.0.113.9": "203.0.113.9",
            "203.0.113.9, 127.0.0.1": "203.0.113.9",
            "203.0.113.9:4711": "203.0.113.9",
            "[2001:db8::1]:4711": "2001:db8::1",
            "<script>": "127.0.0.1",
            "203.0.113.9, unknown": "127.0.0.1",
            "": "127.0.0.1",
        }.items():
            client.headers["x-forwarded-for"] = forwarded
            me = bearer((await tokens(client))["access_token"])
            shown = (await client.get("/api/sessions", headers=me)).json()["sessions"]
            assert (shown[0]["current"], shown[0]["address"]) == (True, address), forwarded

    async def test_the_throttle_sees_the_addresses_behind_it(
        self, one_server: Live, client: httpx2.AsyncClient
    ) -> None:
        wrong = {"identifier": "ada", "password": OTHER_PASSWORD}
        seen = []
        for address in ("203.0.113.9",) * 3 + ("198.51.100.1",):
            answer = await client.post("/api/login", json=wrong, headers={"x-forwarded-for": address})
            seen.append(answer.status_code)
        assert seen == [401, 401, 429, 401]

    async def test_cookies_and_links_follow_the_public_url(self, one_server: Live, client: httpx2.AsyncClient) -> None:
        """Whatever the proxy says about scheme and host."""
        lies = {"x-forwarded-proto": "http", "x-forwarded-host": "evil.example", "host": "internal:8000"}
        sent = {**SENDING, **lies, "origin": "https://id.example.com"}
        answer = await client.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=sent)
        assert answer.headers["location"] == "/account"
        for cookie in answer.headers.get_list("set-cookie"):
            assert cookie.startswith("__Host-gatepass_")
            assert cookie.endswith("Path=/; Secure; HttpOnly; SameSite=Lax")

    async def test_the_plain_name_of_the_cookie_is_never_read(
        self, one_server: Live, client: httpx2.AsyncClient
    ) -> None:
        answer = await client.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
        secret = answer.headers.get_list("set-cookie")[0].split("=")[1].split(";")[0]
        prefixed = {"cookie": f"__Host-gatepass_session={secret}"}
        assert (await client.get("/api/me", headers=prefixed)).status_code == 200
        plain = await client.get("/api/me", headers={"cookie": f"gatepass_session={secret}"})
        assert plain.json()["error"] == "credential_required"

    async def test_every_answer_promises_https(self, one_server: Live, client: httpx2.AsyncClient) -> None:
        for path in ("/login", "/api/me", "/nothing", "/.well-known/jwks.json", "/healthz"):
            assert (await client.get(path)).headers["strict-transport-security"] == "max-age=31536000"


async def test_without_https_nothing_is_promised(one_server: Live, client: httpx2.AsyncClient) -> None:
    assert "strict-transport-security" not in (await client.get("/login")).headers
