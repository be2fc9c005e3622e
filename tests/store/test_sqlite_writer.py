"""Group commit: acknowledged is on disk, and nobody pays for a neighbour."""

# ruff: noqa: ASYNC220
# Nothing else runs in a test's loop that a blocking call could hold up.

import asyncio
import resource
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from gatepass.server.store import Call, Sql, Stale, StoreUnavailable, Value, sqlite_file
from gatepass.server.store.sqlite import SqliteStore
from gatepass.server.store.sqlite_writer import BATCH_LIMIT, QUEUE_LIMIT
from tests.support.counters import ADD, CLEAR, IDS, SCHEMA, STEP, VALUE, add
from tests.support.source import ROOT

HALVES = Sql("SELECT COUNT(*) FROM counters WHERE value <> 1")


@pytest.fixture
async def store(tmp_path: Path, anyio_backend: str) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "gatepass.db", schema=SCHEMA)
    await store.open()
    yield store
    await store.close()


async def test_a_stale_unit_does_not_undo_its_neighbours(store: SqliteStore) -> None:
    await store.write(add("taken"))
    units = [[add(f"{n:03}"), STEP(id=f"{n:03}")] + ([add("taken")] if n % 3 == 0 else []) for n in range(90)]
    outcomes = await asyncio.gather(*[store.write(*unit) for unit in units], return_exceptions=True)
    assert [isinstance(outcome, Stale) for outcome in outcomes] == [n % 3 == 0 for n in range(90)]
    assert [name for [name] in await store.read(IDS())] == [f"{n:03}" for n in range(90) if n % 3] + ["taken"]


async def test_units_are_written_in_the_order_they_came(store: SqliteStore) -> None:
    await store.write(add("a"))
    rows = await asyncio.gather(*[store.write(STEP(id="a")) for _ in range(100)])
    assert rows == [[[(number,)]] for number in range(1, 101)]


async def test_closing_writes_what_was_accepted(store: SqliteStore) -> None:
    waiting = [asyncio.create_task(store.write(add(str(number)))) for number in range(300)]
    await asyncio.sleep(0)
    await store.close()
    assert len(await asyncio.gather(*waiting)) == 300
    await store.open()
    assert len(await store.read(IDS())) == 300


async def test_too_many_that_wait_are_turned_away_at_once(store: SqliteStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "gatepass.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        count = QUEUE_LIMIT + BATCH_LIMIT + 100
        waiting = [asyncio.create_task(store.write(add(str(number)))) for number in range(count)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
        assert await store.read(IDS()) == []
        other.execute("ROLLBACK")
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, StoreUnavailable)]
    assert len(refused) >= 100
    assert {outcome.code for outcome in refused} == {"store_busy"}
    assert len(await store.read(IDS())) == count - len(refused)


async def test_a_lock_that_another_process_keeps_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "PATIENCE", 0.01)
    store = SqliteStore(tmp_path / "gatepass.db", schema=SCHEMA)
    await store.open()
    with closing(sqlite3.connect(tmp_path / "gatepass.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="store_busy"):
            await store.write(add("a"))
        assert await store.read(IDS()) == []
    await store.write(add("a"))
    await store.close()


async def test_a_full_disk_refuses_writes_and_goes_on_reading(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "gatepass.db", schema=SCHEMA, max_pages=40)
    await store.open()
    await store.write(add("small", 7))
    with pytest.raises(StoreUnavailable, match="store_full") as caught:
        await store.write(add("other"), add("huge", note="x" * 200_000))
    assert (caught.value.status, caught.value.retry_after) == (503, 1)
    assert await store.read(VALUE(id="small")) == [(7,)]
    assert await store.read(IDS()) == [("small",)]
    await store.write(STEP(id="small"))
    assert await store.read(VALUE(id="small")) == [(8,)]
    await store.close()


async def test_room_that_is_made_can_be_used(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "gatepass.db", schema=SCHEMA, max_pages=40)
    await store.open()
    units = [store.write(add(str(number), note="x" * 1000)) for number in range(1000)]
    outcomes = await asyncio.gather(*units, return_exceptions=True)
    assert any(isinstance(outcome, StoreUnavailable) and outcome.code == "store_full" for outcome in outcomes)
    await store.write(CLEAR())
    await store.write(add("again", note="x" * 1000))
    await store.close()


async def test_a_commit_that_the_disk_breaks_off_is_unknown_and_the_next_one_works(store: SqliteStore) -> None:
    await store.write(add("a"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
    try:
        with pytest.raises(StoreUnavailable, match="outcome_unknown"):
            await store.write(add("huge", note="x" * 1_000_000))
        assert await store.read(IDS()) == [("a",)]
        await store.write(STEP(id="a"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert await store.read(VALUE(id="a")) == [(1,)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_nobody_waits_for_ever_when_the_thread_ends_by_something_unforeseen(store: SqliteStore) -> None:
    values: dict[str, Value] = {"id": "b", "value": 0, "note": None, "seal": None}
    broken = Call(ADD, values)
    values["value"] = 2**70  # behind the back of all checks
    outcomes = await asyncio.gather(store.write(add("a")), store.write(broken), return_exceptions=True)
    assert isinstance(outcomes[1], StoreUnavailable)
    with pytest.raises(StoreUnavailable, match="store_closed"):
        await store.write(add("c"))
    with pytest.raises(StoreUnavailable, match="store_closed"):
        await store.health()


async def test_a_unit_survives_the_end_of_the_loop_that_asked_for_it(tmp_path: Path) -> None:
    """A loop that is torn down takes its awaiters with it, not the writer."""
    store = SqliteStore(tmp_path / "gatepass.db", schema=SCHEMA)
    await store.open()

    async def ask_and_leave() -> None:
        asyncio.ensure_future(store.write(add("a")))  # noqa: RUF006
        await asyncio.sleep(0)

    await asyncio.to_thread(lambda: asyncio.run(ask_and_leave()))
    await store.write(add("b"))
    assert await store.read(IDS()) == [("a",), ("b",)]
    await store.close()


WRITER = """
import asyncio, os, sys
from gatepass.server.store.sqlite import SqliteStore
from tests.support.counters import SCHEMA, STEP, add

async def write(store, name):
    for number in range(1_000_000):
        await store.write(add(f"{name}-{number}"), STEP(id=f"{name}-{number}"))
        os.write(1, f"{name}-{number}\\n".encode())

async def main():
    store = SqliteStore(sys.argv[1], schema=SCHEMA)
    await store.open()
    await asyncio.gather(*[write(store, f"{sys.argv[2]}-{n}") for n in range(16)])

asyncio.run(main())
"""


async def test_whatever_was_acknowledged_is_there_after_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "gatepass.db"
    for attempt, lines in enumerate((1, 50, 700)):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, path, str(attempt)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert writer.stdout
        acknowledged = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        acknowledged += writer.communicate()[0].splitlines(keepends=True)
        store = SqliteStore(path, schema=SCHEMA)
        await store.open()
        found = {name for [name] in await store.read(IDS())}
        assert {line.strip() for line in acknowledged if line.endswith("\n")} <= found
        assert len(acknowledged) >= lines
        [[halves]] = await store.read(HALVES())
        assert halves == 0
        await store.close()
