"""Who may read the figures, where, and that they tell nothing about anybody."""

import re
import socket
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from gatepass.kernel.errors import Misuse
from gatepass.server.settings import Settings
from gatepass.server.watching import watched
from tests.support.live import OTHER_PASSWORD, PASSWORD, Live, bearer, live, tokens
from tests.support.pages import FIREFOX, LOOKING, SENDING

TOKEN = "a token for whoever scrapes"
POSTGRES = "postgresql://db.example.com/gatepass"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


async def figures(client: httpx2.AsyncClient) -> str:
    answer = await client.get("/metrics", headers=bearer(TOKEN))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.text


async def test_nobody_reads_figures_where_nothing_was_set(tmp_path: Path) -> None:
    async with live(tmp_path) as server, server.client() as client:
        assert (await client.get("/metrics")).status_code == 404


async def test_figures_beside_the_pages_are_for_who_shows_the_token(tmp_path: Path) -> None:
    async with live(tmp_path, metrics_token=TOKEN) as server, server.client() as client:
        for wrong in ("", f"Bearer {TOKEN}x", "Bearer é", f"Basic {TOKEN}", TOKEN):
            refused = await client.get("/metrics", headers=[(b"authorization", wrong.encode())])
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert "gatepass_" not in refused.text
        assert "gatepass_build{" in await figures(client)


async def test_an_address_of_its_own_serves_figures_and_health_and_nothing_else(tmp_path: Path) -> None:
    port = free_port()
    async with live(tmp_path, metrics_listen=f"127.0.0.1:{port}") as server, server.client() as outside:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as inside:
            assert "gatepass_build{" in (await inside.get("/metrics")).text
            assert (await inside.get("/healthz")).json() == {"status": "ok"}
            assert (await inside.get("/readyz")).json() == {"status": "ready"}
            for path in ("/login", "/api/me", "/.well-known/jwks.json"):
                assert (await inside.get(path)).status_code == 404
            await server.auth.services.store.close()
            assert (await inside.get("/healthz")).status_code == 200
            assert (await inside.get("/readyz")).status_code == 503
        assert (await outside.get("/metrics")).status_code == 404
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port)).close()


async def test_the_token_is_asked_for_at_an_address_of_its_own_as_well(tmp_path: Path) -> None:
    port = free_port()
    more: Any = {"metrics_listen": f"127.0.0.1:{port}", "metrics_token": TOKEN}
    async with live(tmp_path, **more) as server, server.client() as outside:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as inside:
            assert (await inside.get("/metrics")).status_code == 401
            assert "gatepass_build{" in await figures(inside)
        assert (await outside.get("/metrics", headers=bearer(TOKEN))).status_code == 404


async def test_each_worker_takes_the_next_port(tmp_path: Path) -> None:
    """Figures are of one process, so a scrape must know which one it reads."""
    port = free_port()
    settings = Settings(metrics_listen=f"127.0.0.1:{port}", workers=2, database=POSTGRES)
    first, second = await watched(settings, Starlette()), await watched(settings, Starlette())
    assert first is not None
    assert second is not None
    with pytest.raises(Misuse, match="listens there already"):
        await watched(settings, Starlette())
    for number in (port, port + 1):
        socket.create_connection(("127.0.0.1", number)).close()
    await first.aclose()
    await second.aclose()


async def test_requests_are_counted_by_route_and_never_by_path(tmp_path: Path) -> None:
    async with live(tmp_path, metrics_token=TOKEN) as server, server.client() as client:
        await server.person()
        me = bearer((await tokens(client))["access_token"])
        await client.get("/api/me", headers=me)
        await client.delete("/api/sessions/some-session", headers=me)
        for number in range(3):
            await client.get(f"/nothing/{number}")
        await client.request("PROPFIND", "/api/me")
        lines = (await figures(client)).splitlines()
    assert 'gatepass_requests_total{method="GET",route="/api/me",status="200"} 1' in lines
    assert 'gatepass_requests_total{method="DELETE",route="/api/sessions/{id}",status="404"} 1' in lines
    assert 'gatepass_requests_total{method="GET",route="(none)",status="404"} 3' in lines
    assert 'gatepass_requests_total{method="other",route="/api/me",status="405"} 1' in lines
    assert 'gatepass_request_seconds_count{route="/api/me"} 2' in lines


async def test_an_issuer_with_a_path_counts_each_request_once(tmp_path: Path) -> None:
    async with live(tmp_path, metrics_token=TOKEN, path="/auth") as server, server.client() as client:
        await client.get("/auth/login", headers=LOOKING)
        await client.get("/.well-known/oauth-authorization-server/auth")
        answer = await client.get("/auth/metrics", headers=bearer(TOKEN))
    lines = answer.text.splitlines()
    assert 'gatepass_requests_total{method="GET",route="/login",status="200"} 1' in lines
    metadata = "/.well-known/oauth-authorization-server/auth"
    assert f'gatepass_requests_total{{method="GET",route="{metadata}",status="200"}} 1' in lines


async def visit(server: Live, client: httpx2.AsyncClient) -> set[str]:
    """What people and strangers do; every word of theirs that must stay out of the figures."""
    sub = await server.person("ada", email="ada@example.com")
    body = {"identifier": "ada", "password": PASSWORD}
    found = await tokens(client)
    await client.post("/login", data=body, headers=SENDING)
    again = await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})
    await client.post("/api/login", json={**body, "password": OTHER_PASSWORD})
    await client.get("/api/me", headers=bearer(found["access_token"]))
    await client.get(f"/api/me/{found['access_token']}?token={found['refresh_token']}")
    ids = {line.session or sub for line in await server.audit(sub)}
    secrets = {PASSWORD, OTHER_PASSWORD, found["access_token"], found["refresh_token"], again.json()["refresh_token"]}
    cookies = {cookie.value or "" for cookie in client.cookies.jar}
    return {*secrets, *ids, *cookies, sub, "ada", "example.com", "Firefox", FIREFOX, "127.0.0.1"}


async def test_no_figure_says_who_or_from_where(tmp_path: Path) -> None:
    async with live(tmp_path, metrics_token=TOKEN) as server, server.client(**{"user-agent": FIREFOX}) as client:
        words = await visit(server, client)
        text = await figures(client)
    numbers = [line for line in text.splitlines() if not line.startswith("#")]
    values = {value for line in numbers for value in re.findall(r'="([^"]*)"', line)}
    assert len(words) >= 12
    assert [word for word in words for value in values if word in value] == []
