"""Several server processes on one database: workers of one command, and two commands on one SQLite file."""

from pathlib import Path

from tests.faults.conftest import MakeCrowd
from tests.support.databases import PostgresDatabase
from tests.support.soak.node import PASSWORD, Node, running

PEOPLE = [f"person{number}" for number in range(6)]


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
        await crowd.more(200)
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
        await crowd.more(200)
        await crowd.leave()
        await crowd.audit()
        assert await node.stop() == 0
    assert crowd.ledger.verdict().good, [*crowd.ledger.found, *crowd.ledger.outside()]
    assert "Traceback" not in node.log()
