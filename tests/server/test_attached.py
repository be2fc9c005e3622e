"""The auth server inside somebody's FastAPI or Starlette application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import FastAPI, Security
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gatepass.fastapi import Gate as FastAPIGate
from gatepass.fastapi import Identity
from gatepass.gate import Gate
from gatepass.http.view import RequestView
from gatepass.kernel.errors import Misuse
from gatepass.server.app import AuthServer
from gatepass.server.listener import Address, running
from gatepass.server.settings import Settings
from gatepass.starlette import Gate as StarletteGate
from tests.support.live import NOBODY, PASSWORD, SECRET_KEY, bearer, live, tokens
from tests.support.pages import LOOKING, SENDING, Page

SITE = "http://app.localhost:8000"
ISSUER = f"{SITE}/auth"


def server(folder: Path, issuer: str = ISSUER) -> AuthServer:
    return AuthServer(Settings(issuer=issuer, data=folder, secret_key=SECRET_KEY))


def in_fastapi(auth: AuthServer, *, lifespan: bool) -> Any:
    app = FastAPI(lifespan=auth.lifespan if lifespan else None)
    gate = FastAPIGate(trust=auth, audience=SITE)

    @app.get("/who")
    async def who(identity: Annotated[Identity, Security(gate)]) -> dict[str, str]:
        return {"sub": identity.subject, "scheme": identity.scheme}

    @app.post("/who")
    async def change(identity: Annotated[Identity, Security(gate)]) -> dict[str, str]:
        return {"sub": identity.subject, "scheme": identity.scheme}

    auth.attach(app, "/auth")
    return app


def in_starlette(auth: AuthServer, *, lifespan: bool) -> Any:
    gate = StarletteGate(trust=auth, audience=SITE)

    @gate.require()
    async def who(request: Request) -> Response:
        identity = request.state.identity
        return JSONResponse({"sub": identity.subject, "scheme": identity.scheme})

    app = Starlette(routes=[Route("/who", who, methods=["GET", "POST"])], lifespan=auth.lifespan if lifespan else None)
    auth.attach(app, "/auth")
    return app


@dataclass
class Site:
    """The application behind a real listener."""

    auth: AuthServer
    address: Address

    def client(self, **headers: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.address.url, headers=headers, timeout=30)


@asynccontextmanager
async def site(folder: Path, make: Callable[..., Any], *, lifespan: bool = True) -> AsyncIterator[Site]:
    auth = server(folder)
    async with running(make(auth, lifespan=lifespan)) as address:
        yield Site(auth, address)
    await auth.close()


FRAMEWORKS = pytest.mark.parametrize("make", [in_fastapi, in_starlette])


@FRAMEWORKS
@pytest.mark.parametrize("lifespan", [True, False], ids=["with lifespan", "without lifespan"])
async def test_the_whole_story_inside_another_application(
    tmp_path: Path, make: Callable[..., Any], lifespan: bool
) -> None:
    """Pages, API and well-known documents below the path; the gate knows tokens and sessions of the same process."""
    async with site(tmp_path, make, lifespan=lifespan) as found, found.client() as client:
        made = await client.post("/auth/api/register", json={"username": "ada", "password": PASSWORD})
        assert made.status_code == 201
        sub = made.json()["sub"]
        answer = await client.post(
            "/auth/api/login", json={"identifier": "ada", "password": PASSWORD, "resource": SITE}
        )
        token = answer.json()["access_token"]
        assert (await client.get("/who", headers=bearer(token))).json() == {"sub": sub, "scheme": "bearer"}
        assert (await client.get("/who")).status_code == 401
        sent = {**SENDING, "origin": SITE}
        login = await client.post("/auth/login", data={"identifier": "ada", "password": PASSWORD}, headers=sent)
        assert (login.status_code, login.headers["location"]) == (303, "/auth/account")
        assert (await client.get("/who")).json() == {"sub": sub, "scheme": "session"}
        assert (await client.get("/auth/account", headers=LOOKING)).status_code == 200


@FRAMEWORKS
async def test_a_session_cookie_pays_for_changes_from_our_own_pages_only(
    tmp_path: Path, make: Callable[..., Any]
) -> None:
    async with site(tmp_path, make) as found, found.client() as client:
        await _registered(found.auth)
        sent = {**SENDING, "origin": SITE}
        await client.post("/auth/login", data={"identifier": "ada", "password": PASSWORD}, headers=sent)
        for forged in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
            answer = await client.post("/who", headers=forged)
            assert (answer.status_code, answer.json()["error"]) == (403, "cross_site_request")
        assert (await client.post("/who", headers={"origin": SITE})).status_code == 200
        assert (await client.post("/who", headers={"sec-fetch-site": "same-origin"})).status_code == 200


@FRAMEWORKS
async def test_a_sign_out_is_known_to_the_gate_at_once(tmp_path: Path, make: Callable[..., Any]) -> None:
    async with site(tmp_path, make) as found, found.client() as client:
        await _registered(found.auth)
        body = {"identifier": "ada", "password": PASSWORD, "resource": SITE}
        signed_in = (await client.post("/auth/api/login", json=body)).json()
        me = bearer(signed_in["access_token"])
        assert (await client.get("/who", headers=me)).status_code == 200
        await client.post("/auth/api/logout", json={"refresh_token": signed_in["refresh_token"]})
        assert (await client.get("/who", headers=me)).json()["reason"] == "token_revoked"


@FRAMEWORKS
async def test_documents_lie_where_the_standards_look_for_them(tmp_path: Path, make: Callable[..., Any]) -> None:
    async with site(tmp_path, make) as found, found.client() as client:
        for path in ("/.well-known/oauth-authorization-server/auth", "/auth/.well-known/oauth-authorization-server"):
            document = (await client.get(path)).json()
            assert document["issuer"] == ISSUER
            assert document["jwks_uri"] == f"{ISSUER}/.well-known/jwks.json"
        assert (await client.get("/auth/.well-known/jwks.json")).json()["keys"]
        assert (await client.get("/.well-known/oauth-authorization-server")).status_code == 404
        assert (await client.get("/.well-known/oauth-authorization-server/other")).status_code == 404
        assert (await client.get("/auth/openapi.json")).json()["servers"] == [{"url": ISSUER}]


@FRAMEWORKS
async def test_links_come_from_the_issuer_and_never_from_the_host(tmp_path: Path, make: Callable[..., Any]) -> None:
    spoofed = {**LOOKING, "host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}
    async with site(tmp_path, make) as found, found.client() as client:
        for path in (
            "/auth",
            "/auth/",
            "/auth/login",
            "/auth/login/",
            "/auth/account",
            "/auth/nothing",
            "/auth/openapi.json",
            "/auth/.well-known/oauth-authorization-server",
            "/.well-known/oauth-authorization-server/auth",
        ):
            answer = await client.get(path, headers=spoofed)
            assert "evil.example" not in answer.text + str(answer.headers), path
        assert (await client.get("/auth", headers=LOOKING)).headers["location"] == "/auth/"
        assert (await client.get("/auth/", headers=LOOKING)).headers["location"] == "/auth/account"
        page = Page(await client.get("/auth/login", headers=LOOKING))
        assert page.html.one("form", method="post").attributes["action"] == "/auth/login"
        assert (await client.get("/auth/nothing", headers=LOOKING)).status_code == 404


async def test_the_rest_of_the_application_is_left_alone(tmp_path: Path) -> None:
    async with site(tmp_path, in_fastapi) as found, found.client() as client:
        assert (await client.get("/nothing")).json() == {"detail": "Not Found"}
        assert (await client.get("/login")).status_code == 404
        assert "/who" in (await client.get("/openapi.json")).json()["paths"]


@pytest.mark.parametrize("path", ["/", "", "/login", "/auth/x", "auth", "/AUTH", "//auth", "/auth?x"])
def test_another_path_than_the_issuers_is_a_mistake(tmp_path: Path, path: str) -> None:
    with pytest.raises(Misuse, match="must be attached at /auth"):
        server(tmp_path).attach(FastAPI(), path)


def test_the_root_is_a_place_for_an_issuer_without_a_path(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="must be attached at /, not at /auth"):
        server(tmp_path, SITE).attach(FastAPI(), "/auth")


async def test_at_the_root_its_pages_stand_beside_those_of_the_application(tmp_path: Path) -> None:
    auth = server(tmp_path, SITE)
    app = FastAPI(lifespan=auth.lifespan)

    @app.get("/hello")
    async def hello() -> str:
        return "hello"

    auth.attach(app, "/")
    async with running(app) as address, httpx2.AsyncClient(base_url=address.url) as client:
        assert (await client.get("/hello")).json() == "hello"
        assert (await client.get("/login")).status_code == 200
        assert (await client.get("/.well-known/oauth-authorization-server")).json()["issuer"] == SITE


@pytest.mark.parametrize("cut_off", [True, False], ids=["proxy cuts the path off", "proxy passes the path on"])
async def test_alone_behind_a_proxy_it_answers_below_its_path(tmp_path: Path, cut_off: bool) -> None:
    """`gatepass serve` with an issuer like https://example.com/auth."""
    auth = server(tmp_path)
    base = "" if cut_off else "/auth"
    async with running(auth) as address, httpx2.AsyncClient(base_url=address.url) as client:
        page = Page(await client.get(f"{base}/login", headers=LOOKING))
        assert page.html.one("form", method="post").attributes["action"] == "/auth/login"
        assert (await client.get(f"{base}/api/me")).json()["error"] == "credential_required"
        assert (await client.get(f"{base}/account", headers=LOOKING)).headers["location"].startswith("/auth/login?")
        style = page.html.one("link", rel="stylesheet").attributes["href"].removeprefix("/auth")
        assert (await client.get(base + style)).status_code == 200
        root = await client.get("/.well-known/oauth-authorization-server/auth")
        assert root.json()["issuer"] == ISSUER


async def test_two_auth_servers_live_in_one_application(tmp_path: Path) -> None:
    """Two tenants: each knows its own people only."""
    one, other = (server(tmp_path / name, f"{SITE}/{name}") for name in ("one", "other"))
    app = Starlette()
    one.attach(app, "/one")
    other.attach(app, "/other")
    async with running(app) as address, httpx2.AsyncClient(base_url=address.url) as client, one, other:
        await _registered(one)
        body = {"identifier": "ada", "password": PASSWORD}
        token = (await client.post("/one/api/login", json=body)).json()["access_token"]
        assert (await client.post("/other/api/login", json=body)).status_code == 401
        assert (await client.get("/one/api/me", headers=bearer(token))).status_code == 200
        assert (await client.get("/other/api/me", headers=bearer(token))).status_code == 401


def test_each_request_may_run_in_an_event_loop_of_its_own(tmp_path: Path) -> None:
    """As with the test client of FastAPI, used without `with`."""
    auth = server(tmp_path)
    client = TestClient(in_fastapi(auth, lifespan=False), base_url=SITE)
    assert client.post("/auth/api/register", json={"username": "ada", "password": PASSWORD}).status_code == 201
    body = {"identifier": "ada", "password": PASSWORD, "resource": SITE}
    token = client.post("/auth/api/login", json=body).json()["access_token"]
    assert client.get("/who", headers=bearer(token)).status_code == 200
    assert client.get("/auth/login", headers=LOOKING).status_code == 200


async def _registered(auth: AuthServer) -> None:
    await auth.open()
    own = auth.services.own
    assert own is not None
    await own.register.by_operator(username="ada", email=None, password=PASSWORD, source=NOBODY)


async def test_a_lifespan_may_be_run_twice(tmp_path: Path) -> None:
    auth = server(tmp_path)
    app = in_fastapi(auth, lifespan=True)
    for _ in range(2):
        with TestClient(app, base_url=SITE) as client:
            assert client.get("/auth/readyz").status_code == 200


async def test_tokens_of_the_api_are_for_the_issuer_by_default(tmp_path: Path) -> None:
    async with site(tmp_path, in_fastapi) as found, found.client() as client:
        await _registered(found.auth)
        client.base_url = httpx2.URL(f"{found.address.url}/auth")
        me = bearer((await tokens(client))["access_token"])
        assert (await client.get("/api/me", headers=me)).json()["username"] == "ada"
        client.base_url = httpx2.URL(found.address.url)
        assert (await client.get("/who", headers=me)).json()["reason"] == "wrong_audience"


async def test_a_gate_elsewhere_finds_the_keys_of_an_issuer_with_a_path(tmp_path: Path) -> None:
    bank = "http://bank.localhost:9"
    async with live(tmp_path, path="/auth") as server, server.client() as client:
        await server.person()
        client.base_url = httpx2.URL(server.url)
        token = (await tokens(client, resource=bank))["access_token"]
        gate = Gate(trust=server.url, audience=bank, clock=server.clock)
        identity = await gate.admit(RequestView(headers=[("authorization", f"Bearer {token}")]))
        assert identity.issuer == server.url
