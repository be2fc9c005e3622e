"""Budgets: counted, given back, run out, and never more keys than they were given room for."""

from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.users.budgets import Budget


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_has_its_tries_and_then_waits_for_the_end_of_the_period() -> None:
    clock = Clock()
    budget = Budget(3, 600, clock=clock)
    assert [budget.take(b"a") for _ in range(3)] == [0, 0, 0]
    clock.now = 100.5
    assert budget.take(b"a") == 500
    assert budget.take(b"b") == 0
    clock.now = 600.0
    assert budget.take(b"a") == 0


def test_asking_in_vain_does_not_prolong_the_wait() -> None:
    clock = Clock()
    budget = Budget(1, 600, clock=clock)
    budget.take(b"a")
    for second in range(599):
        clock.now = float(second)
        assert budget.take(b"a") == 600 - second


def test_a_try_that_was_none_is_given_back() -> None:
    budget = Budget(1, 600, clock=Clock())
    budget.take(b"a")
    budget.give_back(b"a")
    assert budget.take(b"a") == 0
    assert budget.take(b"a") > 0


def test_giving_back_what_was_not_taken_gains_nothing() -> None:
    budget = Budget(1, 600, clock=Clock())
    budget.give_back(b"a")
    budget.take(b"a")
    assert budget.take(b"a") > 0


def test_clearing_forgets_all_tries() -> None:
    budget = Budget(2, 600, clock=Clock())
    budget.take(b"a")
    budget.take(b"a")
    budget.clear(b"a")
    assert [budget.take(b"a") for _ in range(2)] == [0, 0]


def test_a_flood_of_keys_does_not_grow_the_table() -> None:
    budget = Budget(5, 600, clock=Clock(), size=100)
    for number in range(10_000):
        assert budget.take(b"%d" % number) == 0
    assert len(budget) == 100


def test_a_flood_of_keys_does_not_wash_out_the_one_that_is_nearly_used_up() -> None:
    budget = Budget(5, 600, clock=Clock(), size=100)
    for _ in range(5):
        budget.take(b"victim")
    for number in range(10_000):
        budget.take(b"%d" % number)
    assert budget.take(b"victim") > 0


def test_what_has_run_out_makes_room_first() -> None:
    clock = Clock()
    budget = Budget(5, 600, clock=clock, size=2)
    budget.take(b"old")
    clock.now = 500.0
    budget.take(b"new")
    clock.now = 700.0
    budget.take(b"newest")
    assert len(budget) == 2
    assert [budget.take(b"new") for _ in range(5)][-1] > 0


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=1), st.floats(0, 100)), max_size=60))
def test_within_a_period_a_key_never_gets_more_than_its_limit(events: list[tuple[bool, bytes, float]]) -> None:
    clock = Clock()
    budget, taken = Budget(3, 600, clock=clock, size=1000), dict[bytes, list[float]]()
    for take, key, step in events:
        clock.now += step
        mine = taken.setdefault(key, [])
        if take and budget.take(key) == 0:
            mine.append(clock.now)
        elif not take and mine:
            mine.pop()
            budget.give_back(key)
        for first in mine:
            # Two windows may touch: at most the limit of each lies in one period.
            assert len([one for one in mine if first <= one < first + 600]) <= 6
