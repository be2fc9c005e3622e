"""A flood of guesses from many addresses at one user, and the device that this user always has."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gatepass.server.users.throttle import PER_IDENTIFIER
from tests.support.databases import SqliteDatabase
from tests.support.live import OTHER_PASSWORD, PASSWORD, Live, live
from tests.support.token_server import MovedClock
from tests.support.valkey import Valkey

AT_ONCE = 2
"""Guesses at one user that the hash queue of a node takes at the same time."""
ISSUER = "http://id.localhost:8000"


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.remove()


@pytest.fixture(params=["memory-1", "memory-2", "valkey-1", "valkey-2", "valkey that is away-2"])
async def nodes(
    request: pytest.FixtureRequest,
    sqlite_database: SqliteDatabase,
    tmp_path: Path,
    anyio_backend: str,
) -> AsyncIterator[list[Live]]:
    """Nodes behind a proxy, sharing a database and perhaps a cache."""
    where, _, count = request.param.partition("-")
    valkey: Valkey | None = request.getfixturevalue("valkey") if where != "memory" else None
    if valkey and where != "valkey":
        valkey.stop()
    more: dict[str, Any] = {"database": sqlite_database.fresh(tmp_path), "issuer": ISSUER, "clock": MovedClock()}
    cache = valkey.url if valkey else None
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(live(tmp_path, proxy=["127.0.0.1"], cache=cache, **more))
            for _ in range(int(count))
        ]


async def tried(client: httpx2.AsyncClient, password: str, address: str) -> int:
    asked = {"identifier": "ada", "password": password}
    answer = await client.post("/api/login", json=asked, headers={"x-forwarded-for": address})
    return answer.status_code


def fallbacks(node: Live) -> float:
    """Decisions that a node made without its cache."""
    figures = node.auth.services.metrics.snapshot()
    (found,) = [one for one in figures if one.figure.name == "throttle_fallbacks"]
    return sum(found.values.values())


async def test_a_flood_from_many_addresses_does_not_lock_out_the_known_device(
    nodes: list[Live], request: pytest.FixtureRequest
) -> None:
    """And the guesses of all nodes together are as many as those of one, where they share a cache."""
    await nodes[0].person()
    homes = [node.client() for node in nodes]
    assert await tried(homes[0], PASSWORD, "192.0.2.1") == 200
    for home in homes[1:]:
        home.cookies.set("gatepass_device", homes[0].cookies["gatepass_device"])
    strangers = [node.client() for node in nodes]
    said: list[int] = []
    while len(said) < (PER_IDENTIFIER + 1) * len(nodes):
        guesses = [
            tried(stranger, OTHER_PASSWORD, f"203.0.113.{len(said) + number}")
            for number, stranger in enumerate(strangers * AT_ONCE)
        ]
        said += await asyncio.gather(*guesses)
    # Where the machine was too busy for the cache to be heard in time, each node counted for itself.
    shared = "[valkey-" in request.node.name and not any(map(fallbacks, nodes))
    most = PER_IDENTIFIER * (1 if shared else len(nodes))
    assert said.count(401) <= most
    assert set(said) == {401, 429}
    for stranger in strangers:
        assert await tried(stranger, PASSWORD, "198.51.100.1") == 429
    for home in homes:
        assert await tried(home, PASSWORD, "203.0.113.1") == 200
    # The row of failures ended with that, at all nodes that share it.
    assert await tried(strangers[0], OTHER_PASSWORD, "198.51.100.1") == 401
