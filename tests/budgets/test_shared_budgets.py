"""Budgets that several nodes share through a cache, and what is left of them when it is away."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable

import pytest

from gatepass.kernel.secret import Secret
from gatepass.server.budgets import Budgets, Charge, Limit
from gatepass.server.budgets.cache import Cache
from gatepass.server.budgets.reach import AGAIN, SELDOM
from gatepass.server.metrics import Metrics
from tests.support.people import MASTER
from tests.support.valkey import Valkey

LIMIT = Limit("tested", 6, 3600)
LOGGER = "gatepass.budgets"


class Node:
    """One process with its own memory, on a monotonic clock that starts where it likes."""

    def __init__(self, url: str, *, clock: float = 0.0) -> None:
        self.now = clock
        self.metrics = Metrics()
        self.budgets = Budgets(self.metrics, clock=lambda: self.now, cache=Cache(Secret(url), MASTER))

    async def take(self, key: bytes = b"a", limit: Limit = LIMIT) -> int:
        return await self.budgets.take(Charge(limit, key))

    async def taken(self, key: bytes = b"a") -> int:
        """How many tries there were, after using all of them up."""
        taken = 0
        while not await self.take(key):
            taken += 1
        return taken

    @property
    def fallbacks(self) -> int:
        """Decisions without the cache."""
        (series,) = [one for one in self.metrics.snapshot() if one.figure.name == "throttle_fallbacks"]
        return int(sum(series.values.values()))

    async def meet(self) -> None:
        """Wait until the cache is used, as it is after a while."""
        async with asyncio.timeout(20):
            while True:
                self.now += AGAIN
                await self.budgets.open()
                before = self.fallbacks
                await self.take(b"somebody else", Limit("meeting", 10**6, 60))
                if self.fallbacks == before:
                    return


@pytest.fixture
async def nodes(valkey: Valkey, anyio_backend: str) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes that have found the cache; their clocks have nothing to do with each other."""
    one, other = Node(valkey.url), Node(valkey.url, clock=1e9)
    for node in (one, other):
        await node.meet()
    yield one, other
    for node in (one, other):
        await node.budgets.close()


# While it is there


async def test_nodes_share_one_budget(nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    assert [await node.take() for node in (one, other) * 3] == [0] * 6
    for node in nodes:
        assert 3590 <= await node.take() <= 3600
        assert await node.take(b"another key") == 0


async def test_many_tries_at_once_at_two_nodes_get_no_more_than_the_limit(nodes: tuple[Node, Node]) -> None:
    waits = await asyncio.gather(*(node.take() for node in nodes for _ in range(10)))
    assert waits.count(0) == LIMIT.tries


async def test_all_budgets_are_charged_or_none(nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    narrow = Limit("narrow", 1, 60)
    charges = Charge(LIMIT, b"a"), Charge(narrow, b"n")
    assert await one.budgets.take(*charges) == 0
    for _ in range(10):
        assert await other.budgets.take(*charges) == 60
    assert await other.taken() == LIMIT.tries - 1


async def test_what_is_given_back_at_one_node_is_there_at_the_other(nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    await other.taken()
    await one.budgets.give_back(Charge(LIMIT, b"a"))
    assert await other.taken() == 1


async def test_what_was_forgiven_at_one_node_is_forgotten_at_the_other(nodes: tuple[Node, Node]) -> None:
    """Though the other remembers it, and tells a cache what it has lost."""
    one, other = nodes
    await other.taken()
    await one.budgets.clear(Charge(LIMIT, b"a"))
    assert await other.taken() == LIMIT.tries


async def test_every_key_goes_by_itself_within_its_period(valkey: Valkey, nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    valkey.do("FLUSHALL")
    for number in range(4):
        for node in nodes:
            await node.take(b"%d" % number)
    await one.budgets.give_back(Charge(LIMIT, b"0"))
    await other.budgets.clear(Charge(LIMIT, b"1"))
    keys = valkey.held()
    assert len(keys) == 3
    assert 0 < valkey.do("PTTL", "{gatepass}:budgets") <= 8 * 86_400_000
    assert len(valkey.do("KEYS", "*")) == 4
    assert all(0 < left <= 3_600_000 for _, left in keys.values())


async def test_a_key_without_tries_leaves_nothing_behind(valkey: Valkey, nodes: tuple[Node, Node]) -> None:
    """Else a flood of sign-ins that are turned away as busy would fill the cache."""
    valkey.do("FLUSHALL")
    for node in nodes:
        await node.take()
    for node in nodes:
        await node.budgets.give_back(Charge(LIMIT, b"a"))
    assert valkey.held() == {}


async def test_a_step_of_the_caches_clock_keeps_nobody_out_for_longer_than_the_period(
    valkey: Valkey, nodes: tuple[Node, Node]
) -> None:
    one, _ = nodes
    await one.taken()
    for key in valkey.held():
        valkey.do("PEXPIRE", key, 10**10)
    assert await one.take() == LIMIT.period
    for key in valkey.held():
        valkey.do("PERSIST", key)
    assert await one.take() == LIMIT.period


async def test_the_cache_holds_keyed_hashes_and_small_numbers(valkey: Valkey, nodes: tuple[Node, Node]) -> None:
    await nodes[0].take(b"anna@example.com")
    for key, (value, _) in valkey.held().items():
        assert re.fullmatch(r"\{gatepass\}:budget:[0-9a-f]{32}", key)
        assert value.isdigit()


async def test_tries_under_way_at_the_same_time_are_not_remembered_as_failures(nodes: tuple[Node, Node]) -> None:
    """An office on a Monday: many good sign-ins at once, at both nodes, all given back."""
    one, other = nodes
    for _ in range(20):
        for node in (one, one, one, other):
            assert await node.take() == 0
        for node in (other, one, one, one):
            await node.budgets.give_back(Charge(LIMIT, b"a"))
    assert await other.taken() == LIMIT.tries


# While it is away


def broken(how: str, valkey: Valkey) -> Callable[[], None]:
    """Break the cache; how to mend it."""
    if how == "stopped":
        valkey.stop()
        return valkey.start
    if how == "paused":
        valkey.pause()
        return valkey.resume
    if how == "read-only":
        valkey.do("REPLICAOF", "127.0.0.1", 1)
        return lambda: valkey.do("REPLICAOF", "NO", "ONE")
    if how == "full":
        valkey.do("CONFIG", "SET", "maxmemory", 1)
        return lambda: valkey.do("CONFIG", "SET", "maxmemory", 0)
    if how == "without scripts":
        valkey.do("ACL", "SETUSER", "default", "-@scripting")
        return lambda: valkey.do("ACL", "SETUSER", "default", "+@scripting")
    assert how == "other data"
    for key in valkey.held():
        valkey.do("DEL", key)
        valkey.do("LPUSH", key, "x")
    return lambda: valkey.do("FLUSHALL")


BREAKS = ["stopped", "paused", "read-only", "full", "without scripts", "other data"]


@pytest.mark.parametrize("how", BREAKS)
async def test_without_the_cache_a_node_goes_on_from_what_it_knew_and_comes_back_by_itself(
    valkey: Valkey, nodes: tuple[Node, Node], how: str, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = nodes
    for node in (other, one) * 2:
        await node.take()
    with caplog.at_level(logging.INFO, LOGGER):
        mend = broken(how, valkey)
        # The last that it heard is four tries, two of them at the other node.
        assert [await one.take() for _ in range(3)] == [0, 0, 3600]
        assert one.fallbacks > 0
        mend()
        await one.meet()
    assert await one.take() > 0
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2, said
    assert said[0].startswith("The cache is away (")
    assert said[1].startswith("The cache is back")


async def test_tries_without_the_cache_are_told_to_it_when_it_is_back(valkey: Valkey, nodes: tuple[Node, Node]) -> None:
    one, _ = nodes
    await one.take()
    mend = broken("read-only", valkey)
    for node in nodes:
        assert await node.take() == 0
    mend()
    for node in nodes:
        await node.meet()
    assert [await node.take() for node in nodes] == [0, 0]
    assert await one.taken() == LIMIT.tries - 5


async def test_what_a_cache_has_lost_it_is_told_again(valkey: Valkey, nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    for _ in range(5):
        await one.take()
    valkey.do("FLUSHALL", "SYNC")
    assert await one.take() == 0
    assert await other.take() > 0


async def test_of_several_that_remember_what_a_cache_has_lost_the_highest_count_goes_on(
    valkey: Valkey, nodes: tuple[Node, Node]
) -> None:
    one, other = nodes
    await one.take()
    for _ in range(4):
        await other.take()
    valkey.do("FLUSHALL", "SYNC")
    assert await one.take() == 0  # it had heard of its own try only
    assert await other.taken() == LIMIT.tries - 5


async def test_a_cache_that_comes_and_goes_gives_nobody_a_fresh_budget(
    valkey: Valkey, nodes: tuple[Node, Node]
) -> None:
    """Each process lets a key try as often as its limit says, whatever the cache does."""
    one, _ = nodes
    taken = 0
    for _ in range(5):
        taken += [await one.take(), await one.take()].count(0)
        valkey.stop()
        taken += [await one.take()].count(0)
        valkey.start()
        await one.meet()
    assert taken == LIMIT.tries


async def test_a_cache_that_keeps_coming_and_going_is_looked_at_more_and_more_seldom(
    valkey: Valkey, nodes: tuple[Node, Node]
) -> None:
    """Each time it goes, a try may have been counted whose answer got lost."""
    one, _ = nodes
    waits: list[float] = []
    for _ in range(5):
        mend = broken("read-only", valkey)
        await one.take(b"%d" % len(waits))
        mend()
        began = one.now
        await one.meet()
        waits.append(one.now - began)
    assert all(wait >= least for wait, least in zip(waits, [2, 4, 8, 16, 30], strict=True)), waits
    one.now += 100
    mend = broken("read-only", valkey)
    await one.take()
    mend()
    began = one.now
    await one.meet()
    assert one.now - began < SELDOM


async def test_giving_back_without_the_cache_is_told_as_well(valkey: Valkey, nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    await one.taken()
    mend = broken("read-only", valkey)
    await one.budgets.give_back(Charge(LIMIT, b"a"))
    assert await one.take() == 0
    await one.budgets.clear(Charge(LIMIT, b"a"))
    assert await one.take() == 0
    mend()
    for node in nodes:
        await node.meet()
    assert await one.take() == 0
    assert await other.taken() == LIMIT.tries - 2


async def test_with_a_wrong_password_a_node_counts_for_itself_and_tells_it_to_nobody(
    valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    valkey.do("CONFIG", "SET", "requirepass", "right")
    node = Node(valkey.url.replace("//", "//:swordfish@"))
    await node.budgets.open()
    assert await node.taken() == LIMIT.tries
    assert node.fallbacks == LIMIT.tries + 1
    assert "swordfish" not in caplog.text
    assert "away (AuthenticationError)" in caplog.text
    right = Node(valkey.url.replace("//", "//:right@"))
    await right.meet()
    for one in (node, right):
        await one.budgets.close()


async def test_nobody_waits_for_a_cache_that_has_not_answered_yet(valkey: Valkey) -> None:
    valkey.pause()
    node = Node(valkey.url)
    await node.budgets.open()
    async with asyncio.timeout(1.0):  # a connection alone would be waited for twice as long
        for _ in range(LIMIT.tries):
            assert await node.take() == 0
    valkey.resume()
    await node.meet()
    assert await node.take() > 0
    await node.budgets.close()


async def test_something_that_is_no_cache_is_away(anyio_backend: str) -> None:
    """An address that answers with another protocol."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        node = Node(f"redis://127.0.0.1:{port}")
        await node.budgets.open()
        assert await node.taken() == LIMIT.tries
        await node.budgets.close()
