"""Budgets of one process: counted, given back, run out, and never more keys than they were given room for."""

import anyio
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.budgets import Budgets, Charge, Limit
from gatepass.server.budgets.table import Table
from gatepass.server.metrics import Metrics
from gatepass.server.metrics.exposition import exposition


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Counter:
    """One budget of its own."""

    def __init__(self, tries: int, *, size: int = 1000) -> None:
        self.clock = Clock()
        self.limit = Limit("tested", tries, 600)
        self.budgets = Budgets(Metrics(), clock=self.clock, size=size)

    async def take(self, key: bytes) -> int:
        return await self.budgets.take(Charge(self.limit, key))

    async def give_back(self, key: bytes) -> None:
        await self.budgets.give_back(Charge(self.limit, key))


async def test_a_key_has_its_tries_and_then_waits_for_the_end_of_the_period() -> None:
    budget = Counter(3)
    assert [await budget.take(b"a") for _ in range(3)] == [0, 0, 0]
    budget.clock.now = 100.5
    assert await budget.take(b"a") == 500
    assert await budget.take(b"b") == 0
    budget.clock.now = 600.0
    assert await budget.take(b"a") == 0


async def test_asking_in_vain_does_not_prolong_the_wait() -> None:
    budget = Counter(1)
    await budget.take(b"a")
    for second in range(599):
        budget.clock.now = float(second)
        assert await budget.take(b"a") == 600 - second


async def test_a_try_that_was_none_is_given_back() -> None:
    budget = Counter(1)
    await budget.take(b"a")
    await budget.give_back(b"a")
    assert await budget.take(b"a") == 0
    assert await budget.take(b"a") > 0


async def test_giving_back_what_was_not_taken_gains_nothing() -> None:
    budget = Counter(1)
    await budget.give_back(b"a")
    await budget.take(b"a")
    assert await budget.take(b"a") > 0


async def test_clearing_forgets_all_tries() -> None:
    budget = Counter(2)
    await budget.take(b"a")
    await budget.take(b"a")
    await budget.budgets.clear(Charge(budget.limit, b"a"))
    assert [await budget.take(b"a") for _ in range(3)] == [0, 0, 600]


async def test_several_budgets_are_charged_together_or_not_at_all() -> None:
    budget, narrow = Counter(2), Limit("narrow", 1, 60)
    both = Charge(budget.limit, b"a"), Charge(narrow, b"n")
    assert await budget.budgets.take(*both) == 0
    assert await budget.budgets.take(*both) == 60
    assert await budget.take(b"a") == 0


async def test_a_refusal_is_counted_under_the_name_of_its_budget() -> None:
    metrics = Metrics()
    budgets = Budgets(metrics, clock=Clock())
    for _ in range(3):
        await budgets.take(Charge(Limit("wide", 9, 60), b"a"), Charge(Limit("narrow", 1, 60), b"a"))
    shown = [line for line in exposition(metrics.snapshot()).splitlines() if line.startswith("gatepass_throttled")]
    assert shown == ['gatepass_throttled_total{budget="narrow"} 2']


async def test_a_flood_of_keys_does_not_wash_out_the_one_that_is_nearly_used_up() -> None:
    budget = Counter(5, size=100)
    for _ in range(5):
        await budget.take(b"victim")
    for number in range(10_000):
        assert await budget.take(b"%d" % number) == 0
    assert await budget.take(b"victim") > 0


async def test_what_has_run_out_makes_room_first() -> None:
    budget = Counter(5, size=2)
    await budget.take(b"old")
    budget.clock.now = 500.0
    await budget.take(b"new")
    budget.clock.now = 700.0
    await budget.take(b"newest")
    assert [await budget.take(b"new") for _ in range(5)][-1] > 0


def test_a_flood_of_keys_does_not_grow_the_table() -> None:
    table = Table(Limit("tested", 5, 600), Clock(), 100)
    for number in range(10_000):
        table.add(b"%d" % number, 1)
    assert len(table) == 100


def test_a_key_without_tries_takes_no_room() -> None:
    table = Table(Limit("tested", 5, 600), Clock(), 100)
    for _ in range(3):
        table.add(b"a", 1)
    for _ in range(3):
        table.add(b"a", -1)
    assert len(table) == 0


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=1), st.floats(0, 100)), max_size=60))
def test_within_a_period_a_key_never_gets_more_than_its_limit(events: list[tuple[bool, bytes, float]]) -> None:
    async def play() -> None:
        budget, taken = Counter(3), dict[bytes, list[float]]()
        for take, key, step in events:
            budget.clock.now += step
            mine = taken.setdefault(key, [])
            if take and await budget.take(key) == 0:
                mine.append(budget.clock.now)
            elif not take and mine:
                mine.pop()
                await budget.give_back(key)
            for first in mine:
                # Two windows may touch: at most the limit of each lies in one period.
                assert len([one for one in mine if first <= one < first + 600]) <= 6

    anyio.run(play)
