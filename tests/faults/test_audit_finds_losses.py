"""The audit after a fault is worth something: it finds what was changed behind a server's back."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.faults.conftest import MakeCrowd
from tests.support.command import HASH
from tests.support.soak.node import PASSWORD, Node, running

OTHER_HASH = HASH[:-43] + "A" * 43


async def test_every_kind_of_loss_is_found(tmp_path: Path, crowd_at: MakeCrowd) -> None:
    """A sign-in, a sign-out, a password and a name are taken back, one person each; one person loses nothing."""
    node = Node(tmp_path)
    names = ["sign-in", "sign-out", "password", "name", "nothing"]
    await node.people(*names)
    async with running(node):
        crowd = crowd_at([node.url])
        ledger = crowd.ledger
        for name in names:
            visitor = crowd.visitor(ledger.joined(name, PASSWORD))
            kept, left = await visitor.sign_in(), await visitor.sign_in()
            assert kept is not None
            assert left is not None
            await visitor.step("rename")
            await visitor.sign_out(left)
        with closing(sqlite3.connect(tmp_path / "data" / "gatepass.db", isolation_level=None)) as behind:
            take_back(behind)
        await crowd.audit()
    assert sorted(ledger.found) == [
        "lost: a refresh token of a device of sign-out that was signed out",
        "lost: an access token of a device of sign-in that is signed in",
        "lost: an access token of a device of sign-out that was signed out",
        "lost: the name that name has chosen is not there",
        "lost: the password of password",
    ]
    assert ledger.verdict().lost == 5


def take_back(behind: sqlite3.Connection) -> None:
    """What a server must never do."""
    mine = "(SELECT subject FROM users WHERE username = ?)"
    grants = f"(SELECT id FROM grants WHERE user_id = {mine})"
    behind.execute(f"UPDATE sessions SET ended_at = 1 WHERE user_id = {mine}", ["sign-in"])
    behind.execute(f"UPDATE sessions SET ended_at = NULL WHERE user_id = {mine}", ["sign-out"])
    behind.execute(f"UPDATE refresh_families SET ended_at = NULL WHERE grant_id IN {grants}", ["sign-out"])
    behind.execute(f"UPDATE grants SET ended_at = NULL WHERE user_id = {mine}", ["sign-out"])
    behind.execute("UPDATE users SET password_hash = ? WHERE username = ?", [OTHER_HASH, "password"])
    behind.execute("UPDATE users SET name = 'Mallory' WHERE username = ?", ["name"])
