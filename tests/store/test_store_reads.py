"""Short and long reads, and the store's word about itself; on both engines."""

import asyncio

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.store import Sql, Store, StoreUnavailable
from tests.support.counters import ALL, CLEAR, IDS, SCHEMA, STEP, add, store_at

FILL = Sql(
    "INSERT INTO counters (id, value)"
    " WITH RECURSIVE numbers (n) AS (SELECT 10000 UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"
    " SELECT CAST(n AS TEXT), n FROM numbers RETURNING 1"
)
SLOW = Sql(
    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000000)"
    " SELECT CAST(COUNT(*) AS BIGINT) FROM numbers"
)


async def test_rows_are_tuples(counters: Store) -> None:
    await counters.write(add("a", 1, "note", b"\0"))
    [row] = await counters.read(ALL())
    assert type(row) is tuple
    assert row == ("a", 1, "note", b"\0")
    assert [type(row) async for row in counters.scan(ALL())] == [tuple]


@pytest.mark.parametrize("call", [CLEAR(), STEP(id="a")])
async def test_reads_do_not_change_anything(counters: Store, call: object) -> None:
    with pytest.raises(Misuse):
        await counters.read(call)  # type: ignore[arg-type]
    with pytest.raises(Misuse):
        _ = [row async for row in counters.scan(call)]  # type: ignore[arg-type]


async def test_a_wrong_question_is_misuse(counters: Store) -> None:
    with pytest.raises(Misuse):
        await counters.read(Sql("SELECT nothing FROM counters")())
    with pytest.raises(Misuse):
        _ = [row async for row in counters.scan(Sql("SELECT nothing FROM counters")())]
    assert await counters.read(IDS()) == []


async def test_a_scan_sees_one_moment_while_others_read_and_write(counters: Store) -> None:
    await counters.write(FILL(last=11_999))
    seen = 0
    async for row in counters.scan(IDS()):
        if seen == 100:
            await counters.write(CLEAR())
            assert await counters.read(IDS()) == []
        assert row == (str(10_000 + seen),)
        seen += 1
    assert seen == 2000


async def test_a_scan_that_is_left_early_holds_nothing(counters: Store) -> None:
    await counters.write(FILL(last=11_999))
    for _ in range(3):
        rows = counters.scan(IDS())
        assert await anext(rows) == ("10000",)
        await rows.aclose()  # type: ignore[attr-defined]
    await counters.write(CLEAR())
    assert [row async for row in counters.scan(IDS())] == []


async def test_a_cancelled_scan_ends_and_the_next_one_works(counters: Store) -> None:
    async def scan() -> list[object]:
        return [row async for row in counters.scan(SLOW())]

    task = asyncio.create_task(scan())
    for _ in range(10):
        await counters.read(IDS())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [row async for row in counters.scan(IDS())] == []


async def test_a_scan_that_outlives_its_store_ends(counters: Store) -> None:
    await counters.write(FILL(last=14_999))
    rows = counters.scan(IDS())
    assert await anext(rows) == ("10000",)
    await counters.close()
    outcome: object
    try:
        outcome = len([row async for row in rows])
    except StoreUnavailable as error:
        outcome = error.code
    assert outcome in ("store_closed", 4999)
    await counters.open()
    assert len(await counters.read(IDS())) == 5000


async def test_several_scans_at_once_each_get_their_rows(counters: Store) -> None:
    await counters.write(FILL(last=10_999))

    async def count() -> int:
        return len([row async for row in counters.scan(IDS())])

    assert await asyncio.gather(*[count() for _ in range(5)]) == [1000] * 5


async def test_a_closed_store_says_so(empty_url: str) -> None:
    store: Store = store_at(empty_url)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="store_closed"):
            await store.read(IDS())
        with pytest.raises(StoreUnavailable, match="store_closed"):
            await store.write(CLEAR())
        with pytest.raises(StoreUnavailable, match="store_closed"):
            _ = [row async for row in store.scan(IDS())]
        with pytest.raises(StoreUnavailable, match="store_closed"):
            await store.health()
        await store.open()
        await store.open()
        await store.health()
        await store.close()
        await store.close()


async def test_a_store_knows_its_engine_and_schema(counters: Store) -> None:
    found = await counters.version()
    assert found.engine in ("SQLite", "PostgreSQL")
    assert found.release[0].isdigit()
    assert found.schema == SCHEMA[-1].number
