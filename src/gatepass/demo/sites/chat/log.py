"""What the chat keeps on disk: the last messages."""

import sqlite3
from typing import NamedTuple

from gatepass.demo.sites.storage import keep_newest

KEPT = 50
"""Messages; older ones are forgotten."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, issuer TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,
    text TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
"""


class Said(NamedTuple):
    """One message.

    Attributes:
        issuer, subject: whose it is; `name`: what they were called then.
        at: seconds since the epoch.
    """

    id: int
    issuer: str
    subject: str
    name: str
    text: str
    at: int


class NotKept(Exception):
    """The disk is full, or something like it."""


class Log:
    """The messages. Ids grow, and none is used twice.

    Args:
        db: with `SCHEMA` in it.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        # What somebody has read must not be gone after a power cut.
        db.execute("PRAGMA synchronous=FULL")

    def keep(self, issuer: str, subject: str, name: str, text: str, at: int) -> Said:
        """Write a message down, and forget those that are too old. It is on disk when this returns.

        Raises:
            NotKept: nothing was written.
        """
        values = (issuer, subject, name, text, at)
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                [number] = self._db.execute(
                    "INSERT INTO messages (issuer, subject, name, text, at) VALUES (?, ?, ?, ?, ?) RETURNING id", values
                ).fetchone()
                keep_newest(self._db, "messages", most=KEPT)
        except sqlite3.Error as error:
            raise NotKept from error
        return Said(number, *values)

    def messages(self, after: int = 0) -> list[Said]:
        """What is kept, oldest first; only what was said after the message `after`."""
        rows = self._db.execute(
            "SELECT id, issuer, subject, name, text, at FROM messages WHERE id > ? ORDER BY id", (after,)
        )
        return [Said(*row) for row in rows.fetchall()]
