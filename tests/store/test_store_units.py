"""Units: all or nothing, counted, and in order, on both engines."""

import asyncio

import pytest

from gatepass.server.store import Sql, Stale, Store

CREATE = Sql(
    "INSERT INTO gatepass_migrations (number, name, checksum, applied_at)"
    " VALUES (:number, :name, '', 0) ON CONFLICT DO NOTHING RETURNING 1",
    rows=1,
)
NAMES = Sql("SELECT name FROM gatepass_migrations WHERE number >= 900 ORDER BY number")


async def test_a_unit_that_meets_another_state_leaves_nothing_and_names_the_call(store: Store) -> None:
    await store.write(CREATE(number=900, name="a"))
    first, second = CREATE(number=901, name="b"), CREATE(number=900, name="c")
    with pytest.raises(Stale) as caught:
        await store.write(first, second)
    assert caught.value.call is second
    assert await store.read(NAMES()) == [("a",)]


async def test_of_many_writers_at_once_exactly_one_wins(store: Store) -> None:
    units = [store.write(CREATE(number=900, name=str(i))) for i in range(20)]
    outcomes = await asyncio.gather(*units, return_exceptions=True)
    assert sum(not isinstance(outcome, Stale) for outcome in outcomes) == 1
    assert [row async for row in store.scan(NAMES())] == await store.read(NAMES())
