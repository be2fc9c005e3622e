"""What a site keeps on disk: its own users, and an account for each person, in its own SQLite file."""

import hashlib
import hmac
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

SHOWN = 5
"""Movements of an account."""

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
    """Somebody's money, in whole coins; the latest movements first."""

    balance: int
    movements: list[tuple[int, str]]


class Stored(NamedTuple):
    """A password as it is kept."""

    salt: bytes
    hash: bytes

    def matches(self, password: str) -> bool:
        """Whether that is the password. Slow on purpose: call it on another thread."""
        return hmac.compare_digest(_hashed(password, self.salt), self.hash)


NOBODY = Stored(b"nobody has this salt", bytes(64))
"""No password hashes to it; trying costs as much as for a user, so the clock tells nobody who has an account."""


class Ledger:
    """The site's own data. People are named by issuer and subject, never by a name that may change.

    Args:
        path: of the SQLite file; instances of one site share it.
        opening: balance of a new account.
    """

    def __init__(self, path: Path, opening: int) -> None:
        self._opening = opening
        self._db = sqlite3.connect(path, isolation_level=None, timeout=5)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    def add_user(self, name: str, password: str) -> None:
        """A user of this site alone, as classic applications have them; again is no error."""
        if self.stored(name) is NOBODY:
            salt = os.urandom(16)
            self._db.execute("INSERT OR IGNORE INTO users VALUES (?, ?, ?)", (name, salt, _hashed(password, salt)))

    def stored(self, name: str) -> Stored:
        """The password of a user, or one that nobody has."""
        found = self._db.execute("SELECT salt, hash FROM users WHERE name = ?", (name,)).fetchone()
        return Stored(*found) if found else NOBODY

    def account(self, issuer: str, subject: str) -> Account:
        """The person's account; it is opened when money first moves, because looking changes nothing."""
        key = (issuer, subject)
        found = self._db.execute("SELECT balance FROM accounts WHERE issuer = ? AND subject = ?", key).fetchone()
        rows = self._db.execute(
            "SELECT amount, note FROM movements WHERE issuer = ? AND subject = ? ORDER BY rowid DESC LIMIT ?",
            (*key, SHOWN),
        )
        return Account(found[0] if found else self._opening, rows.fetchall())

    def move(self, issuer: str, subject: str, amount: int, note: str) -> bool:
        """Move money and note it, or do neither because there is not enough; whether it moved."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("INSERT OR IGNORE INTO accounts VALUES (?, ?, ?)", (issuer, subject, self._opening))
            changed = self._db.execute(
                "UPDATE accounts SET balance = balance + ? WHERE issuer = ? AND subject = ? AND balance + ? >= 0",
                (amount, issuer, subject, amount),
            ).rowcount
            if changed:
                self._db.execute("INSERT INTO movements VALUES (?, ?, ?, ?)", (issuer, subject, amount, note))
        return bool(changed)

    def accounts(self) -> int:
        """How many accounts are open."""
        [(count,)] = self._db.execute("SELECT count(*) FROM accounts")
        return int(count)

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _hashed(password: str, salt: bytes) -> bytes:
    """scrypt with the parameters OWASP recommends for 16 MiB: N = 2^14, r = 8, p = 5."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=5)
