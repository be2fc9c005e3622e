"""PostgreSQL goes away under load and comes back; several servers on it behave as one."""

import asyncio
from pathlib import Path
from time import monotonic

import httpx2

from tests.faults.conftest import MakeCrowd
from tests.support.postgres import Cluster
from tests.support.soak.node import PASSWORD, Node, running
from tests.support.soak.outage import crash, until_ready

PEOPLE = [f"person{number}" for number in range(5)]


async def test_postgresql_crashes_and_is_stopped_under_two_nodes_and_nothing_is_lost(
    lasting_postgres: Cluster, tmp_path: Path, crowd_at: MakeCrowd
) -> None:
    """Both nodes answer 503 with Retry-After meanwhile, live on, and find the database again by themselves. What one
    node has acknowledged the other one knows: every request goes to any of the two."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = Node(tmp_path / "one", lasting_postgres.url())
    second = Node(tmp_path / "two", lasting_postgres.url(), issuer=first.url)
    await first.people(*PEOPLE)
    async with running(first, second), httpx2.AsyncClient(timeout=30) as looking:
        crowd = crowd_at([first.url, second.url])
        ledger = crowd.ledger
        crowd.come(*(ledger.joined(name, PASSWORD) for name in PEOPLE))
        for bring_down in (crash, Cluster.stop):
            await crowd.more(60)
            ledger.fault_begins(monotonic())
            await asyncio.to_thread(bring_down, lasting_postgres)
            for node in (first, second):
                answer = await looking.get(f"{node.url}/readyz")
                assert answer.status_code == 503
                assert int(answer.headers["retry-after"]) > 0
                assert (await looking.get(f"{node.url}/healthz")).status_code == 200
            await asyncio.to_thread(lasting_postgres.start)
            await until_ready(looking, first.url, second.url)
            ledger.fault_ends(monotonic())
        await crowd.more(30)
        await crowd.leave()
        await crowd.audit()
        assert first.process.returncode is None
        assert second.process.returncode is None
    assert ledger.verdict().good, [*ledger.found, *ledger.outside()]
    assert "Traceback" not in first.log() + second.log()
