"""The standby takes the place of PostgreSQL: what was acknowledged is there, or healed."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import httpx2
import pytest

from tests.faults.conftest import MakeCrowd
from tests.support.postgres import Cluster
from tests.support.soak.ledger import State
from tests.support.soak.node import PASSWORD, Node, running
from tests.support.soak.outage import crash, until_ready
from tests.support.soak.standby import Standby, can_replicate, one_of, wait_for_it

PEOPLE = [f"person{number}" for number in range(5)]


@pytest.fixture
def standby(lasting_postgres: Cluster) -> Iterator[Standby]:
    """It follows `lasting_postgres`."""
    if not can_replicate():
        pytest.skip("this PostgreSQL has no pg_basebackup")
    standby = Standby(lasting_postgres)
    yield standby
    standby.remove()


async def test_a_fail_over_to_a_synchronous_standby_loses_nothing(
    lasting_postgres: Cluster, standby: Standby, tmp_path: Path, crowd_at: MakeCrowd
) -> None:
    """The server finds the promoted one by itself, through the list of hosts in its URL."""
    wait_for_it(lasting_postgres)
    node = Node(tmp_path, one_of(lasting_postgres, standby))
    await node.people(*PEOPLE)
    async with running(node), httpx2.AsyncClient(timeout=30) as looking:
        crowd = crowd_at([node.url])
        ledger = crowd.ledger
        crowd.come(*(ledger.joined(name, PASSWORD) for name in PEOPLE))
        await crowd.more(80)
        ledger.fault_begins(monotonic())
        await asyncio.to_thread(crash, lasting_postgres)
        assert (await looking.get(f"{node.url}/readyz")).json()["error"] == "store_unreachable"
        await asyncio.to_thread(standby.promote)
        await until_ready(looking, node.url)
        ledger.fault_ends(monotonic())
        await crowd.more(30)
        await crowd.leave()
        await crowd.audit()
    assert ledger.verdict().good, [*ledger.found, *ledger.outside()]


async def test_clients_of_a_standby_that_was_behind_go_on_with_what_they_hold(
    lasting_postgres: Cluster, standby: Standby, tmp_path: Path, crowd_at: MakeCrowd
) -> None:
    """An asynchronous standby may miss the last refreshes: a token that is newer than the row is
    gone on from, and the audit tells of it."""
    node = Node(tmp_path, one_of(lasting_postgres, standby))
    await node.people("ada")
    async with running(node), httpx2.AsyncClient(timeout=30) as looking:
        crowd = crowd_at([node.url])
        visitor = crowd.visitor(crowd.ledger.joined("ada", PASSWORD))
        device = await visitor.sign_in()
        assert device is not None
        await asyncio.to_thread(standby.fall_behind)
        for _ in range(3):
            assert await visitor.refresh(device)
        await asyncio.to_thread(crash, lasting_postgres)
        await asyncio.to_thread(standby.promote)
        await until_ready(looking, node.url)
        for _ in range(2):
            assert await visitor.refresh(device)
        assert device.state is State.ALIVE
        lines = await node.command("audit", "tail", "--json", "--name", "refresh_state_lost")
    assert lines.count("refresh_state_lost") == 1
