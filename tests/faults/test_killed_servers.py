"""`kill -9` of the server amid sign-ins, refreshes and revocations, and what is there afterwards."""

from pathlib import Path
from time import monotonic

from tests.faults.conftest import MakeCrowd
from tests.support.soak.node import PASSWORD, Node, running

PEOPLE = [f"person{number}" for number in range(5)]


async def test_every_acknowledged_change_survives_a_kill_and_every_client_goes_on(
    database_url: str, tmp_path: Path, crowd_at: MakeCrowd
) -> None:
    """Each client holds a working token, or repeats its refresh and goes on."""
    node = Node(tmp_path, database_url)
    await node.people(*PEOPLE)
    async with running(node):
        crowd = crowd_at([node.url])
        ledger = crowd.ledger
        crowd.come(*(ledger.joined(name, PASSWORD) for name in PEOPLE))
        for _ in range(2):
            await crowd.more(80)
            ledger.fault_begins(monotonic())
            await node.kill()
            await node.start()
            ledger.fault_ends(monotonic())
        await crowd.more(30)
        await crowd.leave()
        await crowd.audit()
    assert ledger.verdict().good, [*ledger.found, *ledger.outside()]
    assert {"sign-in", "refresh", "sign-out", "revoke"} <= set(ledger.changes)
    assert "Traceback" not in node.log()
