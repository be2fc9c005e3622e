"""What a site keeps on disk: its own users, and an account for each person, in its own SQLite file."""

import hashlib
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

_SCHEMA = """
CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, salt BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS accounts (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, balance INTEGER NOT NULL, PRIMARY KEY (issuer, subject)
) STRICT;
CREATE TABLE IF NOT EXISTS movements (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, amount INTEGER NOT NULL, note TEXT NOT NULL
) STRICT;
"""


class Account(NamedTuple):
    """Somebody's money, in whole coins."""

    balance: int
    movements: list[tuple[int, str]]


class Ledger:
    """The site's own data. People are named by issuer and subject, never by a name that may change.

    Args:
        path: of the SQLite file; instances of one site share it.
        opening: balance of a new account.
    """

    def __init__(self, path: Path, opening: int) -> None:
        self._opening = opening
        self._db = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    def add_user(self, name: str, password: str) -> None:
        """A user of this site alone, as classic applications have them; again is no error."""
        salt = os.urandom(16)
        self._db.execute("INSERT OR IGNORE INTO users VALUES (?, ?, ?)", (name, salt, _hashed(password, salt)))

    def knows(self, name: str, password: str) -> bool:
        """Whether that is the password of one of the site's own users."""
        found = self._db.execute("SELECT salt, hash FROM users WHERE name = ?", (name,)).fetchone()
        salt, expected = found or (b"nobody", b"")
        return _hashed(password, salt) == expected

    def account(self, issuer: str, subject: str) -> Account:
        """The person's account, opened at the first visit."""
        key = (issuer, subject)
        self._db.execute("INSERT OR IGNORE INTO accounts VALUES (?, ?, ?)", (*key, self._opening))
        [(balance,)] = self._db.execute("SELECT balance FROM accounts WHERE issuer = ? AND subject = ?", key)
        rows = self._db.execute(
            "SELECT amount, note FROM movements WHERE issuer = ? AND subject = ? ORDER BY rowid DESC LIMIT 5", key
        )
        return Account(balance, rows.fetchall())

    def move(self, issuer: str, subject: str, amount: int, note: str) -> bool:
        """Move money, unless there is not enough; both lines or none."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            changed = self._db.execute(
                "UPDATE accounts SET balance = balance + ? WHERE issuer = ? AND subject = ? AND balance + ? >= 0",
                (amount, issuer, subject, amount),
            ).rowcount
            if changed:
                self._db.execute("INSERT INTO movements VALUES (?, ?, ?, ?)", (issuer, subject, amount, note))
        return bool(changed)

    def accounts(self) -> int:
        """How many people have an account."""
        [(count,)] = self._db.execute("SELECT count(*) FROM accounts")
        return int(count)


def _hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
