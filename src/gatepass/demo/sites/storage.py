"""A site's own SQLite file, and how full it may become."""

import sqlite3
from pathlib import Path

from gatepass import Identity
from gatepass.demo.sites.trade import key


def open_file(path: Path, *schemas: str) -> sqlite3.Connection:
    """Open the file and make the tables that are missing; each statement commits by itself.

    Instances of one site may do so at the same moment, so it is one transaction from the
    start, and the file stays in SQLite's own journal mode: changing that waits for nobody.
    What is deleted is overwritten: forgetting somebody is more than not finding them.
    """
    db = sqlite3.connect(path, isolation_level=None, timeout=5)
    db.execute("PRAGMA foreign_keys=ON")
    db.execute("PRAGMA secure_delete=ON")
    db.executescript("\n".join(("BEGIN IMMEDIATE;", *schemas, "COMMIT;")))
    return db


def keep_newest(db: sqlite3.Connection, table: str, *, of: Identity | None = None, most: int) -> None:
    """Let the oldest rows of a table, or of one person in it, give way to the newest.

    So nobody fills the disk, and nobody keeps others out by being there first.

    Args:
        table: one with a growing `id`; a name in our code.
    """
    mine, who = ("WHERE issuer = ? AND subject = ?", key(of)) if of else ("", ())
    db.execute(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} {mine} ORDER BY id DESC LIMIT -1 OFFSET ?)",  # noqa: S608
        (*who, most),
    )


def row_id(text: str) -> int:
    """The id in a form; 0, which no row has, for what is none.

    SQLite's integers end at 2^63, and Python's do not: longer ones must not reach it.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
