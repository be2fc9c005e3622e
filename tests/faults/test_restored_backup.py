"""A backup that was made while the server ran is put back: what is there, and what must not be."""

import asyncio
import json
import shutil
from pathlib import Path
from time import monotonic

from tests.faults.conftest import MakeCrowd
from tests.support.soak.ledger import State
from tests.support.soak.node import PASSWORD, Node, running

PEOPLE = [f"person{number}" for number in range(5)]


async def put_back(node: Node, copy: Path) -> None:
    """As docs/operations.md says: the file and no neighbour of the old one, while no server runs."""
    data = node.folder / "data"
    for name in ("gatepass.db", "gatepass.db-wal", "gatepass.db-shm"):
        (data / name).unlink(missing_ok=True)
    await asyncio.to_thread(shutil.copy2, copy, data / "gatepass.db")


async def test_a_backup_under_load_holds_all_that_was_acknowledged_before_it(
    tmp_path: Path, crowd_at: MakeCrowd
) -> None:
    """And when nothing happens after it, putting it back loses nothing: it is the same database."""
    node = Node(tmp_path)
    await node.people(*PEOPLE)
    async with running(node):
        crowd = crowd_at([node.url])
        ledger = crowd.ledger
        crowd.come(*(ledger.joined(name, PASSWORD) for name in PEOPLE))
        await crowd.more(30)
        during = asyncio.create_task(node.command("backup", "during.db", "--json"))
        await crowd.more(30)
        assert json.loads(await during)["bytes"] > 0
        await crowd.leave()
        await node.command("backup", "after.db")
        ledger.fault_begins(monotonic())
        await node.kill()
        await put_back(node, tmp_path / "after.db")
        await node.start()
        ledger.fault_ends(monotonic())
        await crowd.audit()
    assert ledger.verdict().good, [*ledger.found, *ledger.outside()]


async def test_who_signed_out_after_the_backup_is_in_again_until_the_doctor_ends_every_session(
    tmp_path: Path, crowd_at: MakeCrowd
) -> None:
    """A token that is newer than the backup is gone on from; one that was ended after it comes back to life, and
    nothing in the database tells the one from the other. So `doctor --after-restore` ends them all."""
    node = Node(tmp_path)
    await node.people("ada")
    async with running(node):
        crowd = crowd_at([node.url])
        visitor = crowd.visitor(crowd.ledger.joined("ada", PASSWORD))
        goes_on, signs_out = await visitor.sign_in(), await visitor.sign_in()
        assert goes_on is not None
        assert signs_out is not None
        await node.command("backup", "old.db")
        for _ in range(3):
            assert await visitor.refresh(goes_on)
        await visitor.sign_out(signs_out)
        later = await visitor.sign_in()
        assert later is not None
        await node.kill()
        await put_back(node, tmp_path / "old.db")
        await node.start()
        assert await visitor.refresh(goes_on)
        assert crowd.ledger.verdict().good
        signs_out.state = State.UNKNOWN
        assert await visitor.refresh(signs_out)
        assert not await visitor.refresh(later)
        await node.kill()
        await put_back(node, tmp_path / "old.db")
        [row] = [
            row
            for row in json.loads(await node.command("doctor", "--after-restore", "--json"))
            if row["check"] == "after restore"
        ]
        assert row["says"].startswith("2 sessions of 1 people ended; what was changed after ")
        await node.start()
        assert not await visitor.refresh(goes_on)
        assert not await visitor.refresh(signs_out)
        assert await visitor.sign_in()
        ended = await node.command("audit", "tail", "--json", "--name", "sessions_ended")
        assert json.loads(ended)["detail"] == {"by": "restore"}
