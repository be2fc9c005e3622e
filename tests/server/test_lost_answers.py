"""An answer that is lost on the way: the server has done it, the client never heard."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.support.live import Live, bearer, live, tokens
from tests.support.severed import SeveredWay


@pytest.fixture
async def far(database_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[tuple[Live, SeveredWay]]:
    """A server, and a way to it that breaks."""
    async with live(tmp_path, database=database_url) as server:
        await server.person()
        host, _, port = server.address.url.removeprefix("http://").rpartition(":")
        async with SeveredWay((host, int(port))) as way:
            yield server, way


def through(way: SeveredWay) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{way.port}", timeout=30)


async def test_a_refresh_whose_answer_was_lost_is_repeated_and_goes_on(far: tuple[Live, SeveredWay]) -> None:
    """Three times in a row: the client asks again with the token it has, and nobody is signed out."""
    server, way = far
    async with through(way) as client:
        asked = {"refresh_token": (await tokens(client))["refresh_token"]}
        for generation in (1, 2, 3):
            way.break_at(b"/api/refresh", times=1, delivered=True)
            with pytest.raises(httpx2.TransportError):
                await client.post("/api/refresh", json=asked)
            server.clock.move(29)
            answer = (await client.post("/api/refresh", json=asked)).json()
            assert answer["refresh_token"].split(".")[1] == str(generation)
            assert (await client.get("/api/me", headers=bearer(answer["access_token"]))).status_code == 200
            asked = {"refresh_token": answer["refresh_token"]}
            server.clock.move(100)
    names = [line.name for line in await server.audit()]
    assert names.count("token_refreshed") == 3
    assert not {"refresh_reused", "refresh_repeated_elsewhere"} & set(names)


async def test_a_refresh_that_never_arrived_is_simply_done_later(far: tuple[Live, SeveredWay]) -> None:
    """There is no grace to run out: the token is still the newest one."""
    server, way = far
    async with through(way) as client:
        asked = {"refresh_token": (await tokens(client))["refresh_token"]}
        way.break_at(b"/api/refresh", times=1)
        with pytest.raises(httpx2.TransportError):
            await client.post("/api/refresh", json=asked)
        server.clock.move(3_600)
        assert (await client.post("/api/refresh", json=asked)).status_code == 200


async def test_an_answer_that_is_asked_for_after_the_grace_is_lost_for_good(far: tuple[Live, SeveredWay]) -> None:
    """Nobody can tell it from theft then: the person signs in again."""
    server, way = far
    async with through(way) as client:
        asked = {"refresh_token": (await tokens(client))["refresh_token"]}
        way.break_at(b"/api/refresh", times=1, delivered=True)
        with pytest.raises(httpx2.TransportError):
            await client.post("/api/refresh", json=asked)
        server.clock.move(31)
        assert (await client.post("/api/refresh", json=asked)).json()["error"] == "invalid_grant"
