"""Several server processes on one database: workers of one command, and two commands on one SQLite file."""

import asyncio
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.faults.conftest import MakeCrowd
from tests.support.databases import PostgresDatabase
from tests.support.soak.node import PASSWORD, Node, running

PATIENCE = 20.0
"""Seconds for a worker to finish and go."""
PEOPLE = [f"person{number}" for number in range(5)]


async def test_two_processes_on_one_sqlite_file_behave_as_one(tmp_path: Path, crowd_at: MakeCrowd) -> None:
    """As in a restart without a gap, when the old one still answers: what one has acknowledged the other one knows,
    and neither turns anybody away because the other one writes."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    database = f"sqlite:///{tmp_path}/shared/gatepass.db"
    first = Node(tmp_path / "one", database)
    second = Node(tmp_path / "two", database, issuer=first.url)
    await first.people(*PEOPLE)
    async with running(first, second):
        crowd = crowd_at([first.url, second.url])
        crowd.come(*(crowd.ledger.joined(name, PASSWORD) for name in PEOPLE))
        await crowd.more(100)
        await crowd.leave()
        await crowd.audit()
        assert [await first.stop(), await second.stop()] == [0, 0]
    assert crowd.ledger.verdict().good, [*crowd.ledger.found, *crowd.ledger.outside()]
    assert "Traceback" not in first.log() + second.log()


async def test_two_workers_on_one_postgresql_behave_as_one(
    postgres_database: PostgresDatabase, tmp_path: Path, crowd_at: MakeCrowd
) -> None:
    node = Node(tmp_path, postgres_database.fresh(), workers="2")
    await node.people(*PEOPLE)
    async with running(node):
        crowd = crowd_at([node.url])
        crowd.come(*(crowd.ledger.joined(name, PASSWORD) for name in PEOPLE))
        await crowd.more(100)
        await crowd.leave()
        await crowd.audit()
        assert await node.stop() == 0
    assert crowd.ledger.verdict().good, [*crowd.ledger.found, *crowd.ledger.outside()]
    assert "Traceback" not in node.log()


async def test_workers_do_not_outlive_the_process_that_watches_them(
    postgres_database: PostgresDatabase, tmp_path: Path
) -> None:
    """After `kill -9` of the parent nobody holds the port any more: who starts the server again can."""
    node = Node(tmp_path, postgres_database.fresh(), workers="2")
    async with running(node):
        workers = psutil.Process(node.process.pid).children()
        assert len(workers) == 2
        await node.kill()
        try:
            gone, alive = await asyncio.to_thread(psutil.wait_procs, workers, PATIENCE)
            assert (len(gone), alive) == (2, [])
        finally:
            for worker in workers:
                with suppress(psutil.NoSuchProcess):
                    worker.kill()
        await node.start()
        assert "Traceback" not in node.log()
