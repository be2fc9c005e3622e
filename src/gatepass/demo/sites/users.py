"""A site's own users and their passwords, as classic applications have them."""

import hashlib
import hmac
import sqlite3
from typing import NamedTuple

from gatepass.demo.places import ADA, BEN

SCHEMA = "CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, salt BLOB NOT NULL, hash BLOB NOT NULL) STRICT;"


class Stored(NamedTuple):
    """A password as it is kept."""

    salt: bytes
    hash: bytes

    def matches(self, password: str) -> bool:
        """Whether that is the password. Slow on purpose: call it on another thread."""
        return hmac.compare_digest(_hashed(password, self.salt), self.hash)


NOBODY = Stored(b"nobody has this salt", bytes(64))
"""No password hashes to it; trying costs as much as for a user, so the clock tells nobody who has an account."""

RESIDENTS = {
    ADA: Stored(
        bytes.fromhex("f58747c425e744709dda8cf96da2c091"),
        bytes.fromhex(
            "24fb25b3cc13967c260394537083b0cafeae2a2957070c4f9c5f34c57caaaf88"
            "39ccff4db4e8acc6c966da14c1c787ed4e80fc60a052ad2be5c98cf2d20ca29e"
        ),
    ),
    BEN: Stored(
        bytes.fromhex("5a6c0ca11588d7a3c4c80a8ac1aa03f1"),
        bytes.fromhex(
            "e0dd14bfe5c748e0e2b6b1fef3a2b03a5c84eadbc51bfb3b29f06925e55f6233"
            "ab7f6f5c5e833f0bfa3276ba53df7f68e9f4702f9e3291352773e87ad3aae4df"
        ),
    ),
}
"""Who lives in the town has an account at every site, all with `LOCAL_PASSPHRASE`. Hashed once, since six sites
that hash when they start would take seconds for it."""


class Users:
    """The table of users: those who live in the town.

    Args:
        db: the site's file, with `SCHEMA` in it.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        rows = [(name, *stored) for name, stored in RESIDENTS.items()]
        db.executemany("INSERT OR IGNORE INTO users VALUES (?, ?, ?)", rows)

    def stored(self, name: str) -> Stored:
        """The password of a user, or one that nobody has."""
        found = self._db.execute("SELECT salt, hash FROM users WHERE name = ?", (name,)).fetchone()
        return Stored(*found) if found else NOBODY


def _hashed(password: str, salt: bytes) -> bytes:
    """scrypt with the parameters OWASP recommends for 16 MiB: N = 2^14, r = 8, p = 5."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=5)
