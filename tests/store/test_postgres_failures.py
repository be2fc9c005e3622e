"""What PostgreSQL can do to us: deadlocks, restarts, silence, and loss at the worst moment."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.store import Sql, StoreUnavailable
from gatepass.server.store import postgres as postgres_engine
from gatepass.server.store.postgres import POOL_SIZE, TRIES, PostgresStore
from tests.support.counters import IDS, SCHEMA, STEP, VALUE, add, store_at
from tests.support.databases import PostgresDatabase
from tests.support.postgres import ROLE, Cluster
from tests.support.severed import SeveredWay

WAIT = Sql("SELECT 1 FROM (SELECT pg_sleep(60)) AS waited")


@pytest.fixture
async def store(counters_database: PostgresDatabase, anyio_backend: str) -> AsyncIterator[PostgresStore]:
    """A store that has connected as often as it may, with a counter `a`."""
    store: PostgresStore = store_at(counters_database.fresh())
    await store.open()
    await asyncio.gather(store.write(add("a")), *[store.read(IDS()) for _ in range(POOL_SIZE)])
    yield store
    await store.close()


@pytest.fixture
async def way(postgres: Cluster, anyio_backend: str) -> AsyncIterator[SeveredWay]:
    async with SeveredWay(postgres.folder) as way:
        yield way


@pytest.fixture
async def far_store(store: PostgresStore, way: SeveredWay) -> AsyncIterator[PostgresStore]:
    """The same database by a way that can break."""
    far: PostgresStore = store_at(f"postgresql://{ROLE}@127.0.0.1:{way.port}/counters")
    await far.open()
    yield far
    await far.close()


async def test_units_that_lock_each_other_out_are_repeated(store: PostgresStore, postgres: Cluster) -> None:
    await store.write(add("b"))
    before, rounds = postgres.log().count("deadlock detected"), 0
    while postgres.log().count("deadlock detected") == before and rounds < 500:
        rounds += 1
        await asyncio.gather(
            store.write(STEP(id="a"), STEP(id="b")),
            store.write(STEP(id="b"), STEP(id="a")),
        )
    assert rounds < 500
    assert await store.read(VALUE(id="a")) == await store.read(VALUE(id="b")) == [(2 * rounds,)]


async def test_the_store_heals_when_the_server_comes_back(store: PostgresStore, postgres: Cluster) -> None:
    await asyncio.to_thread(postgres.stop)
    try:
        for attempt in (store.read(IDS()), store.write(add("lost")), store.health(), anext(store.scan(IDS()))):
            with pytest.raises(StoreUnavailable, match="store_unreachable"):
                await attempt
    finally:
        await asyncio.to_thread(postgres.start)
    await asyncio.gather(*[store.write(STEP(id="a")) for _ in range(POOL_SIZE)])
    assert await store.read(VALUE(id="a")) == [(POOL_SIZE,)]
    assert await store.read(IDS()) == [("a",)]


async def test_a_restart_between_two_statements_goes_unnoticed(store: PostgresStore, postgres: Cluster) -> None:
    await asyncio.to_thread(postgres.stop)
    await asyncio.to_thread(postgres.start)
    await store.write(STEP(id="a"))
    assert await store.read(VALUE(id="a")) == [(1,)]


@pytest.mark.parametrize("delivered", [False, True])
async def test_a_commit_without_an_answer_is_unknown_and_never_repeated(
    store: PostgresStore, far_store: PostgresStore, way: SeveredWay, delivered: bool
) -> None:
    way.break_at(b"COMMIT;", times=TRIES, delivered=delivered)
    with pytest.raises(StoreUnavailable, match="outcome_unknown"):
        await far_store.write(STEP(id="a"))
    assert way.breaks_left == TRIES - 1
    assert await store.read(VALUE(id="a")) == [(int(delivered),)]


@pytest.mark.parametrize("word", [b"BEGIN", b"UPDATE counters"])
async def test_what_is_lost_before_the_commit_is_done_again(
    store: PostgresStore, far_store: PostgresStore, way: SeveredWay, word: bytes
) -> None:
    way.break_at(word, times=TRIES - 1, delivered=True)
    assert await far_store.write(STEP(id="a")) == [[(1,)]]
    assert way.breaks_left == 0
    assert await store.read(VALUE(id="a")) == [(1,)]


async def test_what_is_lost_again_and_again_has_not_happened(
    store: PostgresStore, far_store: PostgresStore, way: SeveredWay
) -> None:
    way.break_at(b"UPDATE counters", times=TRIES, delivered=True)
    with pytest.raises(StoreUnavailable, match="store_unreachable"):
        await far_store.write(STEP(id="a"))
    assert await store.read(VALUE(id="a")) == [(0,)]


async def test_a_lost_read_is_asked_again(far_store: PostgresStore, way: SeveredWay) -> None:
    way.break_at(b"SELECT value", times=1)
    assert await far_store.read(VALUE(id="a")) == [(0,)]
    assert way.breaks_left == 0


async def test_the_first_host_that_answers_is_used(store: PostgresStore, way: SeveredWay) -> None:
    several: PostgresStore = store_at(f"postgresql://{ROLE}@127.0.0.1:1,127.0.0.1:{way.port}/counters")
    await several.open()
    assert await several.read(IDS()) == [("a",)]
    await several.close()


async def test_a_statement_that_takes_too_long_is_given_up_and_undone(counters_database: PostgresDatabase) -> None:
    store: PostgresStore = store_at(counters_database.fresh(), timeout=0.2)
    await store.open()
    await store.write(add("a"))
    with pytest.raises(StoreUnavailable, match="store_timeout"):
        await store.read(WAIT())
    with pytest.raises(StoreUnavailable, match="store_timeout"):
        await store.write(STEP(id="a"), WAIT())
    with pytest.raises(StoreUnavailable, match="store_timeout"):
        await anext(store.scan(WAIT()))
    assert await store.read(VALUE(id="a")) == [(0,)]
    await store.close()


async def test_closing_waits_for_nobody_for_ever(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_engine, "CLOSE_TIMEOUT", 0.1)
    waiting = asyncio.ensure_future(store.read(WAIT()))
    for _ in range(3):
        await store.read(IDS())
    await store.close()
    with pytest.raises(StoreUnavailable):
        await waiting


async def test_a_backup_is_left_to_the_tools_of_postgresql(store: PostgresStore) -> None:
    with pytest.raises(Misuse, match="pg_dump"):
        await store.backup("anywhere")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://gatepass@/missing", "does not exist"),
        ("postgresql://nobody@/postgres", "does not let this user in"),
    ],
)
async def test_a_wrong_name_is_a_sentence_for_the_operator(postgres: Cluster, url: str, sentence: str) -> None:
    with pytest.raises(Misuse, match=sentence):
        await store_at(f"{url}?host={postgres.folder}").open()


@pytest.fixture
def poor_url(postgres: Cluster, counters_database: PostgresDatabase) -> Iterator[str]:
    """The URL of a role that may read and write rows, and make nothing."""
    url = counters_database.fresh()
    postgres.sql("CREATE ROLE poor LOGIN")
    postgres.sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO poor", "counters")
    yield url.replace(f"//{ROLE}@", "//poor@")
    postgres.sql("DROP OWNED BY poor", "counters")
    postgres.sql("DROP ROLE poor")


async def test_a_role_that_makes_no_tables_serves_a_migrated_database(poor_url: str) -> None:
    store: PostgresStore = store_at(poor_url)
    await store.open()
    await store.write(add("a"))
    await store.close()


async def test_a_role_that_makes_no_tables_cannot_migrate(poor_url: str, postgres: Cluster) -> None:
    postgres.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with pytest.raises(Misuse, match="may not make tables"):
        await store_at(poor_url.replace("/counters", "/postgres"), schema=SCHEMA).open()


async def test_a_database_that_cannot_hold_every_text_is_refused(postgres: Cluster) -> None:
    postgres.sql("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
    with pytest.raises(Misuse, match="UTF8"):
        await store_at(postgres.url("ascii")).open()
    postgres.sql("DROP DATABASE ascii")


def test_another_event_loop_is_told_what_to_do(postgres_database: PostgresDatabase) -> None:
    """A driver that waits on sockets of one loop would fail in another with words nobody understands."""
    store = PostgresStore(postgres_database.fresh())
    with asyncio.Runner() as one, asyncio.Runner() as other:
        one.run(store.open())
        one.run(store.health())
        with pytest.raises(Misuse, match="another event loop"):
            other.run(store.health())
        one.run(store.close())
