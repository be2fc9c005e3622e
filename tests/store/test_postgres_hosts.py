"""A URL that names several PostgreSQL hosts: which one is used, and what a silent one costs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gatepass.server.store import StoreUnavailable
from gatepass.server.store.postgres import PostgresStore
from gatepass.server.store.postgres_hosts import hosts
from tests.support.counters import IDS, add, store_at
from tests.support.databases import PostgresDatabase
from tests.support.postgres import ROLE, Cluster
from tests.support.severed import SeveredWay


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql:///people", []),
        ("postgresql://db.example.com/people", [("db.example.com", None)]),
        ("postgresql://u:p%40ss@one:5433,two,[::1]:5434/people", [("one", 5433), ("two", None), ("::1", 5434)]),
        ("postgresql://u@/people?host=/run/one,/run/two", [("/run/one", None), ("/run/two", None)]),
        ("postgresql://u@/people?host=one,two&port=5433,5434", [("one", 5433), ("two", 5434)]),
        ("postgresql://u@/people?host=one,two:9&port=5433", [("one", 5433), ("two", 9)]),
    ],
)
def test_the_hosts_of_a_url(url: str, found: list[tuple[str, int | None]]) -> None:
    assert hosts(url) == found


@asynccontextmanager
async def silence() -> AsyncIterator[tuple[int, list[object]]]:
    """A port that accepts and says nothing, as a machine that hangs; and who has called there."""
    callers: list[object] = []
    over = asyncio.Event()

    async def say_nothing(reader: object, writer: asyncio.StreamWriter) -> None:
        callers.append(reader)
        await over.wait()
        writer.close()

    listening = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], callers
    finally:
        over.set()
        listening.close()
        await listening.wait_closed()


async def test_a_silent_host_does_not_stand_before_the_next_one(
    counters_database: PostgresDatabase, postgres: Cluster
) -> None:
    """Once it was found silent, nobody waits for it again."""
    counters_database.fresh()
    async with silence() as (port, callers), SeveredWay(postgres.folder) as way:
        store: PostgresStore = store_at(f"postgresql://{ROLE}@127.0.0.1:{port},127.0.0.1:{way.port}/counters")
        await store.open()
        await store.write(add("a"))
        await asyncio.gather(*[store.read(IDS()) for _ in range(20)])
        await store.close()
        assert len(callers) == 1


async def test_among_standbys_only_the_database_is_unreachable(
    counters_database: PostgresDatabase, postgres: Cluster
) -> None:
    """Until one of them is promoted; that is no fault of ours, and the next attempt may find it."""
    counters_database.fresh()
    store = store_at(f"postgresql://{ROLE}@/counters?host={postgres.folder}&target_session_attrs=standby")
    with pytest.raises(StoreUnavailable) as caught:
        await store.open()
    assert caught.value.code == "store_unreachable"
    await store.close()
