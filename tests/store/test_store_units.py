"""Units: all or nothing, counted, in order, and one after the other; on both engines."""

import asyncio

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.store import Sql, Stale, Store
from tests.support.counters import ADD, ALL, CLEAR, IDS, MARK, STEP, SWAP, VALUE, add


async def test_a_unit_returns_the_rows_of_each_call_in_order(counters: Store) -> None:
    rows = await counters.write(add("a", 5), STEP(id="a"), ALL(), CLEAR(), ALL())
    assert rows == [[("a",)], [(6,)], [("a", 6, None, None)], [("a",)], []]


async def test_an_empty_unit_does_nothing(counters: Store) -> None:
    assert await counters.write() == []


async def test_a_unit_that_meets_another_state_leaves_nothing_and_names_the_call(counters: Store) -> None:
    await counters.write(add("a"))
    first, second, third = add("b"), add("a"), add("c")
    with pytest.raises(Stale) as caught:
        await counters.write(first, second, third)
    assert caught.value.call is second
    assert caught.value.status == 409
    assert await counters.read(IDS()) == [("a",)]


async def test_too_many_rows_are_as_wrong_as_too_few(counters: Store) -> None:
    await counters.write(add("a"), add("b"))
    clear_one = Sql("DELETE FROM counters RETURNING id", rows=1)()
    with pytest.raises(Stale):
        await counters.write(clear_one)
    assert await counters.read(IDS()) == [("a",), ("b",)]


async def test_a_read_in_a_unit_guards_it(counters: Store) -> None:
    absent = Sql("SELECT 1 FROM counters WHERE id = :id", rows=0)
    await counters.write(absent(id="a"), add("a"))
    with pytest.raises(Stale):
        await counters.write(absent(id="a"), add("b"))
    assert await counters.read(IDS()) == [("a",)]


async def test_a_unique_key_that_stands_against_a_call_is_stale(counters: Store) -> None:
    """ON CONFLICT (id) says nothing about the other unique column."""
    await counters.write(add("a", seal=b"seal"))
    call = add("b", seal=b"seal")
    with pytest.raises(Stale) as caught:
        await counters.write(call)
    assert caught.value.call is call


async def test_a_foreign_key_that_stands_against_a_call_is_stale(counters: Store) -> None:
    with pytest.raises(Stale):
        await counters.write(MARK(counter="nobody", at=1))
    await counters.write(add("a"), MARK(counter="a", at=1))
    with pytest.raises(Stale):
        await counters.write(CLEAR())


async def test_of_many_that_swap_at_once_exactly_one_wins(counters: Store) -> None:
    await counters.write(add("a"))
    units = [counters.write(SWAP(id="a", value=0)) for _ in range(20)]
    outcomes = await asyncio.gather(*units, return_exceptions=True)
    assert sorted(map(repr, outcomes))[-1] == "[[(1,)]]"
    assert sum(isinstance(outcome, Stale) for outcome in outcomes) == 19


async def test_no_step_is_lost_among_many_at_once(counters: Store) -> None:
    await counters.write(add("a"))
    rows = await asyncio.gather(*[counters.write(STEP(id="a")) for _ in range(50)])
    assert sorted(row for [[row]] in rows) == [(n,) for n in range(1, 51)]


async def test_a_unit_is_seen_by_every_read_that_begins_after_it(counters: Store) -> None:
    for number in range(20):
        await counters.write(add(str(number)))
        assert len(await counters.read(IDS())) == number + 1


@pytest.mark.parametrize(
    "call",
    [
        Sql("SELECT nothing FROM nowhere")(),
        Sql("SELECT id FROM")(),
        Sql("INSERT INTO counters (id, value) VALUES ('x', NULL) RETURNING id")(),
        Sql("INSERT INTO counters (id, value) VALUES ('x', CAST('7x' AS TEXT)) RETURNING id")(),
        ADD(id="x", value="7x", note=None, seal=None),
        ADD(id="x", value=1, note=b"bytes", seal=None),
    ],
)
async def test_a_wrong_statement_is_misuse_that_shows_no_value_and_undoes_its_unit(
    counters: Store, call: object
) -> None:
    with pytest.raises(Misuse) as caught:
        await counters.write(add("a"), call)  # type: ignore[arg-type]
    assert "7x" not in str(caught.value)
    assert await counters.read(IDS()) == []
    await counters.write(add("a"))


async def test_a_cancelled_awaiter_leaves_the_others_alone(counters: Store) -> None:
    await counters.write(add("a"))
    tasks = [asyncio.create_task(counters.write(STEP(id="a"))) for _ in range(9)]
    await asyncio.sleep(0)
    tasks[4].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(outcome, list) for outcome in outcomes) == 8
    [[value]] = await counters.read(VALUE(id="a"))
    assert value in (8, 9)
    assert await counters.write(STEP(id="a")) == [[(value + 1,)]]
