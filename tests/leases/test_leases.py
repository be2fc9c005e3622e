"""Leases: of several processes one does the work, and another one when that has died."""

import asyncio

from gatepass.server.leases.service import Leases
from gatepass.server.store import Store, open_store
from tests.support.token_server import MovedClock


async def test_of_two_holders_one_has_the_lease(store: Store) -> None:
    """By one node at a time."""
    clock = MovedClock()
    one, other = Leases(store, clock), Leases(store, clock)
    assert await one.hold("purge", 60)
    assert not await other.hold("purge", 60)


async def test_leases_of_different_names_have_nothing_to_do_with_each_other(store: Store) -> None:
    """Two processes may share the work."""
    clock = MovedClock()
    assert await Leases(store, clock).hold("purge", 60)
    assert await Leases(store, clock).hold("keys", 60)


async def test_of_many_that_ask_at_once_exactly_one_wins(database_url: str) -> None:
    """Each over connections of its own, before there is a row and after it has run out."""
    clock = MovedClock()
    stores = [open_store(database_url) for _ in range(4)]
    for store in stores:
        await store.open()
    holders = [Leases(store, clock) for store in stores for _ in range(4)]
    for _ in range(3):
        assert sum(await asyncio.gather(*(one.hold("keys", 60) for one in holders))) == 1
        clock.move(61)
    for store in stores:
        await store.close()


async def test_the_holder_holds_on_as_often_as_it_asks(store: Store) -> None:
    """A living process keeps its work."""
    clock = MovedClock()
    one, other = Leases(store, clock), Leases(store, clock)
    for _ in range(5):
        assert await one.hold("keys", 60)
        clock.move(40)
        assert not await other.hold("keys", 60)


async def test_the_lease_of_a_dead_holder_runs_out(store: Store) -> None:
    """To the second that it was taken for, a part of one counting as a whole."""
    clock = MovedClock(1000.5)
    assert await Leases(store, clock).hold("keys", 60)
    other = Leases(store, clock)
    clock.move(59.9)
    assert not await other.hold("keys", 60)
    clock.move(1)
    assert await other.hold("keys", 60)


async def test_who_has_lost_a_lease_is_told_when_it_asks_again(store: Store) -> None:
    """It was slow, another one took over."""
    clock = MovedClock()
    slow, quick = Leases(store, clock), Leases(store, clock)
    assert await slow.hold("keys", 60)
    clock.move(61)
    assert await quick.hold("keys", 60)
    assert not await slow.hold("keys", 60)


async def test_a_clock_that_is_set_back_does_not_keep_a_dead_holder_alive(store: Store) -> None:
    """It is over at once, unless the step is shorter than the lease: clocks of two processes differ."""
    clock = MovedClock()
    assert await Leases(store, clock).hold("keys", 60)
    clock.move(-59)
    other = Leases(store, clock)
    assert not await other.hold("keys", 60)
    clock.move(-3_600)
    assert await other.hold("keys", 60)
