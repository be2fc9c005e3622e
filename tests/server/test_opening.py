"""Opening a server: when, what it needs, what it says when it cannot, and the grace clock."""

import asyncio
import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.app import AuthServer
from gatepass.server.secret_file import FILE_NAME, master_secret
from gatepass.server.settings import Settings
from gatepass.server.store import StoreUnavailable
from tests.support.live import SECRET_KEY, Live, live, tokens
from tests.support.pages import LOOKING
from tests.support.token_server import MovedClock

ISSUER = "http://localhost:8000"


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(**{"issuer": ISSUER, "data": folder, "secret_key": SECRET_KEY, **more})


def asked(auth: AuthServer) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=auth), base_url=ISSUER)


async def test_nothing_is_opened_before_the_first_request(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    auth = AuthServer(settings(folder))
    with pytest.raises(Misuse, match="not open"):
        auth.services  # noqa: B018 - asking is what is tested
    assert not folder.exists()
    async with asked(auth) as client:
        assert (await client.get("/readyz")).json() == {"status": "ready"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    await auth.close()
    await auth.close()


async def test_opening_and_closing_twice_does_nothing(tmp_path: Path) -> None:
    auth = AuthServer(settings(tmp_path))
    await auth.open()
    services = auth.services
    await auth.open()
    assert auth.services is services
    await auth.close()
    async with auth:
        assert auth.services is not services


async def test_a_server_that_cannot_open_says_so_and_opens_when_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An application without a lifespan finds out with its first request."""
    database = tmp_path / "gatepass.db"
    database.mkdir()
    auth = AuthServer(settings(tmp_path))
    async with asked(auth) as client:
        answer = await client.get("/api/me")
        assert (answer.status_code, answer.json()["error"]) == (500, "server_error")
        assert str(tmp_path) not in answer.text
        [record] = [record for record in caplog.records if record.name == "gatepass.web"]
        assert record.__dict__["request_id"] == answer.headers["x-request-id"]
        assert str(database) in record.__dict__["detail"]
        database.rmdir()
        assert (await client.get("/healthz")).status_code == 200
    await auth.close()


async def test_how_many_threads_hash_passwords_is_a_setting(tmp_path: Path) -> None:
    """One per core and two at most, unless the operator says otherwise: hashing must leave room for the rest."""
    before = set(threading.enumerate())
    async with live(tmp_path, hash_threads=1) as server:
        names = [f"person-{number}" for number in range(4)]
        body = {"password": "not the password of anybody"}
        async with server.client() as client:
            ask = [client.post("/api/login", json={"identifier": name, **body}) for name in names]
            await asyncio.gather(*ask)
        started = set(threading.enumerate()) - before
        assert len([thread for thread in started if thread.name.startswith("gatepass-hash")]) == 1


async def test_another_secret_key_is_found_out_at_once(tmp_path: Path) -> None:
    async with AuthServer(settings(tmp_path)):
        pass
    from gatepass.kernel.secret import Secret

    with pytest.raises(Misuse):
        await AuthServer(settings(tmp_path, secret_key=Secret(b"another secret key of enough bytes"))).open()


class TestTheDevelopmentSecret:
    def test_is_made_once_for_its_owner_only(self, tmp_path: Path) -> None:
        found = master_secret(settings(tmp_path / "a" / "b", secret_key=None))
        path = tmp_path / "a" / "b" / FILE_NAME
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert os.listdir(path.parent) == [FILE_NAME]
        again = master_secret(settings(tmp_path / "a" / "b", secret_key=None))
        assert again.current("test") == found.current("test")

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o666])
    def test_is_refused_when_others_can_read_it(self, tmp_path: Path, mode: int) -> None:
        master_secret(settings(tmp_path, secret_key=None))
        (tmp_path / FILE_NAME).chmod(mode)
        with pytest.raises(Misuse, match="can be read by others"):
            master_secret(settings(tmp_path, secret_key=None))

    def test_is_not_made_up_when_its_file_is_damaged(self, tmp_path: Path) -> None:
        for content in ("", "short"):
            (tmp_path / FILE_NAME).write_text(content)
            (tmp_path / FILE_NAME).chmod(0o600)
            with pytest.raises(Misuse):
                master_secret(settings(tmp_path, secret_key=None))

    def test_cannot_be_made_below_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(Misuse, match="cannot be used"):
            master_secret(settings(tmp_path / "file", secret_key=None))

    def test_is_for_one_machine_only(self, tmp_path: Path) -> None:
        with pytest.raises(Misuse, match="GATEPASS_SECRET_KEY"):
            master_secret(settings(tmp_path, secret_key=None, database="postgresql://db/gatepass"))


class TestTheGraceClock:
    """It stands still while nothing can answer."""

    async def test_an_answer_lost_with_the_server_is_given_again_after_its_restart(
        self, database_url: str, tmp_path: Path
    ) -> None:
        clock = MovedClock()
        more: Any = {"clock": clock, "database": database_url, "issuer": ISSUER}
        async with live(tmp_path, **more) as server, server.client() as client:
            await server.person()
            first = await tokens(client)
            second = await _refreshed(client, first)
        clock.move(3_600)
        async with live(tmp_path, **more) as server, server.client() as client:
            clock.move(29)
            assert (await _refreshed(client, first))["refresh_token"] == second["refresh_token"]

    async def test_it_runs_from_the_start_and_not_from_the_first_refresh(
        self, database_url: str, tmp_path: Path
    ) -> None:
        clock = MovedClock()
        more: Any = {"clock": clock, "database": database_url, "issuer": ISSUER}
        async with live(tmp_path, **more) as server, server.client() as client:
            await server.person()
            first = await tokens(client)
            await _refreshed(client, first)
        clock.move(3_600)
        async with live(tmp_path, **more) as server, server.client() as client:
            clock.move(30)
            answer = await client.post("/api/refresh", json={"refresh_token": first["refresh_token"]})
            assert answer.json()["error"] == "invalid_grant"

    async def test_the_health_check_notes_when_the_store_is_lost_and_back(self, one_server: Live) -> None:
        store = one_server.auth.services.store
        async with one_server.client() as client:
            await one_server.person()
            first = await tokens(client)
            second = await _refreshed(client, first)
            await store.close()
            down = await client.get("/readyz")
            assert (down.status_code, down.json()["error"]) == (503, "store_closed")
            assert int(down.headers["retry-after"]) > 0
            assert (await client.get("/healthz")).status_code == 200
            one_server.clock.move(3_600)
            await store.open()
            assert (await client.get("/readyz")).status_code == 200
            one_server.clock.move(29)
            assert (await _refreshed(client, first))["refresh_token"] == second["refresh_token"]
            one_server.clock.move(1)
            answer = await client.post("/api/refresh", json={"refresh_token": first["refresh_token"]})
            assert answer.json()["error"] == "invalid_grant"


async def _refreshed(client: httpx2.AsyncClient, found: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_every_door_says_503_while_the_store_is_away(one_server: Live) -> None:
    await one_server.person()
    async with one_server.client(accept="application/json") as client:
        found = await tokens(client)
        await one_server.auth.services.store.close()
        me = {"authorization": f"Bearer {found['access_token']}"}
        for method, path, body in [
            ("GET", "/api/me", None),
            ("DELETE", "/api/me", None),
            ("PATCH", "/api/me", {"name": "x"}),
            ("GET", "/api/sessions", None),
            ("DELETE", "/api/sessions", None),
            ("POST", "/api/login", {"identifier": "ada", "password": "violet harbour 7 spoons"}),
            ("POST", "/api/refresh", {"refresh_token": found["refresh_token"]}),
            ("POST", "/api/logout", {"refresh_token": found["refresh_token"]}),
            ("POST", "/api/register", {"username": "eve", "password": "violet harbour 7 spoons"}),
            ("GET", "/readyz", None),
        ]:
            answer = await client.request(method, path, json=body, headers=me)
            assert answer.status_code == 503, (path, answer.text)
            assert answer.json()["error"] == "store_closed"
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["x-request-id"]
    with pytest.raises(StoreUnavailable):
        await one_server.auth.services.store.health()


async def test_a_defect_is_told_to_the_operator_only(one_server: Live, caplog: pytest.LogCaptureFixture) -> None:
    """Here somebody dropped a table: everybody else gets a number to ask with."""
    await one_server.person()
    async with one_server.client() as client:
        me = {"authorization": f"Bearer {(await tokens(client))['access_token']}"}
        url = one_server.auth.settings.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(url)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("DROP TABLE sessions")
        answer = await client.get("/api/me", headers=me)
        page = await client.get("/account", headers={**LOOKING, "cookie": "gatepass_session=x"})
    assert (answer.status_code, answer.json()["error"]) == (500, "server_error")
    assert (page.status_code, "Something went wrong" in page.text) == (500, True)
    assert "sessions" not in answer.text
    first, second = [record for record in caplog.records if record.name == "gatepass.web"]
    assert "sessions" in first.__dict__["detail"]
    assert first.__dict__["request_id"] == answer.headers["x-request-id"]
    assert second.__dict__["request_id"] in page.text
