"""Two nodes of one auth server on one database: what one does, the other knows at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.live import PASSWORD, Live, bearer, live, tokens
from tests.support.pages import SENDING
from tests.support.token_server import MovedClock

ISSUER = "http://id.localhost:8000"


@pytest.fixture
async def nodes(database_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[tuple[Live, Live]]:
    """Both behind one public URL."""
    more: Any = {"clock": MovedClock(), "database": database_url, "issuer": ISSUER}
    async with live(tmp_path, **more) as left, live(tmp_path, **more) as right:
        yield left, right


async def test_a_session_of_one_is_known_to_the_other(nodes: tuple[Live, Live]) -> None:
    left, right = nodes
    await left.person()
    async with left.client() as here, right.client() as there:
        sent = {**SENDING, "origin": ISSUER}
        await here.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=sent)
        there.cookies.set("gatepass_session", here.cookies["gatepass_session"])
        assert (await there.get("/api/me")).json()["username"] == "ada"
        assert (await there.post("/api/logout", headers={"origin": ISSUER})).status_code == 204
        assert (await here.get("/api/me")).json()["error"] == "session_ended"


async def test_tokens_of_one_are_verified_refreshed_and_ended_by_the_other(nodes: tuple[Live, Live]) -> None:
    left, right = nodes
    await left.person()
    async with left.client() as here, right.client() as there:
        found = await tokens(here)
        assert (await there.get("/api/me", headers=bearer(found["access_token"]))).status_code == 200
        second = (await there.post("/api/refresh", json={"refresh_token": found["refresh_token"]})).json()
        third = (await here.post("/api/refresh", json={"refresh_token": second["refresh_token"]})).json()
        assert (await there.get("/api/me", headers=bearer(third["access_token"]))).status_code == 200
        await there.post("/api/logout", json={"refresh_token": third["refresh_token"]})
        assert (await here.get("/api/me", headers=bearer(third["access_token"]))).status_code == 401


async def test_one_refresh_token_at_both_at_once_has_one_successor(nodes: tuple[Live, Live]) -> None:
    left, right = nodes
    await left.person()
    async with left.client() as here, right.client() as there:
        found = await tokens(here)
        asked = {"refresh_token": found["refresh_token"]}
        answers = await asyncio.gather(*(client.post("/api/refresh", json=asked) for client in (here, there) * 4))
        assert {answer.status_code for answer in answers} <= {200, 503}
        successors = {answer.json()["refresh_token"] for answer in answers if answer.status_code == 200}
        assert len(successors) == 1


async def test_they_sign_with_one_key(nodes: tuple[Live, Live]) -> None:
    left, right = nodes
    async with left.client() as here, right.client() as there:
        one, other = await asyncio.gather(here.get("/.well-known/jwks.json"), there.get("/.well-known/jwks.json"))
        assert (one.content, one.headers["etag"]) == (other.content, other.headers["etag"])
        assert len(one.json()["keys"]) == 2


async def test_nodes_that_start_at_once_agree(database_url: str, tmp_path: Path) -> None:
    async def keys() -> bytes:
        async with live(tmp_path, database=database_url, issuer=ISSUER) as server, server.client() as client:
            return (await client.get("/.well-known/jwks.json")).content

    assert len(set(await asyncio.gather(*(keys() for _ in range(3))))) == 1


async def test_what_was_changed_at_one_is_shown_by_the_other(nodes: tuple[Live, Live]) -> None:
    left, right = nodes
    await left.person()
    async with left.client() as here, right.client() as there:
        me = bearer((await tokens(here))["access_token"])
        for number, client in enumerate((here, there, here)):
            name = f"Ada {number}"
            assert (await client.patch("/api/me", json={"name": name}, headers=me)).status_code == 200
            shown = [(await one.get("/api/me", headers=me)).json()["name"] for one in (here, there)]
            assert shown == [name, name]
