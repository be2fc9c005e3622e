"""Indexes for new grants: never one for two, freed ones first, half of a list at most."""

import asyncio
from collections import Counter

import pytest

from gatepass.kernel.secret import Secret
from gatepass.server.master import MasterSecret
from gatepass.server.status.drawing import Drawing
from gatepass.server.status.model import BLOCK, HELD, SMALLEST, Terms
from gatepass.server.status.permutation import PURPOSE, permuted
from gatepass.server.status.reading import Statuses
from gatepass.server.status.tidying import Tidying
from gatepass.server.store import Stale, Store, open_store
from gatepass.server.store.call import Sql
from tests.support.token_server import LAPTOP, MASTER, START, TokenServer

NODES = 4
SIGN_INS = 60


async def test_many_sign_ins_at_once_on_several_nodes_share_no_index(store: Store) -> None:
    """`UNIQUE (list, idx)`; each grant has one index, and the row of it names the grant."""
    nodes = [TokenServer(store) for _ in range(NODES)]
    user = nodes[0].person()
    made = await asyncio.gather(*(node.api(user) for node in nodes for _ in range(SIGN_INS)))
    places = Counter((one.grant.status_list, one.grant.status_idx) for one in made)
    assert len(places) == NODES * SIGN_INS
    rows = await store.read(Sql("SELECT list, idx, grant_id FROM status_entries WHERE grant_id IS NOT NULL")())
    assert {row[2]: row[:2] for row in rows} == {
        one.grant.id: (one.grant.status_list, one.grant.status_idx) for one in made
    }


async def test_two_processes_on_one_database_share_no_index(database_url: str) -> None:
    """Each with a connection of its own; they begin the first list at once."""
    stores = [open_store(database_url), open_store(database_url)]
    for store in stores:
        await store.open()
    try:
        drawings = [Drawing(store, MasterSecret(MASTER)) for store in stores for _ in range(2)]
        found = await asyncio.gather(*(drawing.draw(now=START) for drawing in drawings for _ in range(2 * BLOCK)))
        assert len({(one.list, one.idx) for one in found}) == len(found)
        assert len({one.list for one in found}) == 1
    finally:
        for store in stores:
            await store.close()


async def test_indexes_are_drawn_in_an_order_that_only_the_master_secret_tells(store: Store) -> None:
    drawing = Drawing(store, MasterSecret(MASTER))
    found = [await drawing.draw(now=START) for _ in range(2 * BLOCK)]
    key = MasterSecret(MASTER).current(PURPOSE)
    assert [one.idx for one in found] == [permuted(number, 21, key, found[0].list) for number in range(2 * BLOCK)]
    assert SMALLEST == 2**21


async def test_never_more_than_half_of_a_list_is_in_use_and_the_next_one_is_twice_as_large(store: Store) -> None:
    drawing = Drawing(store, MasterSecret(MASTER), smallest=64, largest=128)
    found = [await drawing.draw(now=START) for _ in range(32 + 64 + 64 + 1)]
    lists = await Statuses(store).lists()
    assert [(one.size, one.drawn) for one in lists] == [(64, 32), (128, 64), (128, 64), (128, 32)]
    used = Counter(one.list for one in found)
    assert [used[one.id] for one in lists] == [32, 64, 64, 1]
    assert all(0 <= one.idx < size for one, size in zip(found, [64] * 32 + [128] * 129, strict=True))


async def test_what_a_process_held_and_did_not_use_is_drawn_again_before_anything_new(store: Store) -> None:
    """A process that dies loses nothing; as long as it may live, nobody else draws what it holds."""
    first = [await Drawing(store, MasterSecret(MASTER)).draw(now=START)]
    second = Drawing(store, MasterSecret(MASTER))
    first += [await second.draw(now=START + HELD - 1) for _ in range(BLOCK)]
    assert len({one.idx for one in first}) == BLOCK + 1

    late = Drawing(store, MasterSecret(MASTER))
    again = {(await late.draw(now=START + HELD)).idx for _ in range(BLOCK)}
    assert first[0].idx in again
    [found] = await Statuses(store).lists()
    assert found.drawn == 2 * BLOCK


async def test_nobody_takes_an_index_that_is_held_no_more(store: Store) -> None:
    """A process that stood still for ten minutes: its unit is stale, and the new holder goes on."""
    server = TokenServer(store)
    slow = await server.drawing.draw(now=START)
    quick = Drawing(store, server.master)
    held = [await quick.draw(now=START + HELD) for _ in range(BLOCK)]
    same = next(one for one in held if one.idx == slow.idx)
    with pytest.raises(Stale):
        await store.write(slow.taking("slow", until=START))
    await store.write(same.taking("quick", until=START))


@pytest.mark.parametrize("moved", [HELD // 2 + 1, -HELD], ids=["later", "set-back"])
async def test_an_index_is_not_used_when_it_is_unsure_how_long_it_is_held(store: Store, moved: int) -> None:
    """Half of the time is left for the unit; a clock that was set back says nothing about it."""
    drawing = Drawing(store, MasterSecret(MASTER))
    before = await drawing.draw(now=START)
    after = await drawing.draw(now=START + moved)
    assert after.held == START + moved + HELD != before.held


async def test_with_another_master_secret_a_new_list_is_begun(store: Store) -> None:
    """The order of the old list is known no more; half-used as it is, nothing is drawn from it twice."""
    old = Drawing(store, MasterSecret(MASTER))
    new = Drawing(store, MasterSecret(Secret(b"n" * 32), version=2))
    assert (await old.draw(now=START)).list != (await new.draw(now=START)).list


async def test_the_index_is_taken_in_the_unit_that_makes_the_grant(store: Store) -> None:
    """When the unit fails there is neither a grant nor an index in use."""
    server = TokenServer(store)
    started = server.sessions.starting_grant(
        server.person().subject, client_id="c", scope="", audiences=["a"],
        status=await server.drawing.draw(now=START), now=START, source=LAPTOP,
    )  # fmt: skip
    with pytest.raises(Stale):
        await store.write(*started.calls, *started.calls)
    assert await store.read(Sql("SELECT idx FROM status_entries WHERE grant_id IS NOT NULL")()) == []


async def test_freed_indexes_come_first(store: Store) -> None:
    server = TokenServer(store)
    user = server.person()
    started = await server.api(user)
    await server.sign_out(started.session.id, source=LAPTOP)
    server.clock.move(3_600)
    await Tidying(store, Terms(300))(server.clock())
    again = Drawing(store, server.master)
    assert started.grant.status_idx in {(await again.draw(now=server.now)).idx for _ in range(BLOCK)}
