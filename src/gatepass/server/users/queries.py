"""Every statement about users, their scopes and reserved names, and how their rows read."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from gatepass.server.store.call import Sql
from gatepass.server.store.port import Row
from gatepass.server.users.model import User

_USER = """u.subject, u.username, u.email, u.email_verified_at, u.name, u.created_at, u.disabled_at, u.password_hash,
    s.scope"""
_FROM = f"SELECT {_USER} FROM users u LEFT JOIN user_scopes s ON s.subject = u.subject"

# Reads: one row per granted scope, or one with NULL

BY_SUBJECT = Sql(f"{_FROM} WHERE u.subject = :subject")
BY_USERNAME = Sql(f"{_FROM} WHERE u.username_key = :key")
BY_EMAIL = Sql(f"{_FROM} WHERE u.email_key = :key")
EVERYBODY = Sql(f"{_FROM} ORDER BY u.created_at, u.subject")
SCHEMES = Sql("SELECT DISTINCT password_scheme FROM users")
RESERVED = Sql("SELECT 1 FROM reserved_usernames WHERE tombstone = :tombstone")

# Changes

RESERVE = Sql(
    """INSERT INTO reserved_usernames (tombstone, key_version, reserved_at) VALUES (:tombstone, :key_version, :now)
    ON CONFLICT DO NOTHING RETURNING 1""",
    rows=1,
)
CREATE = Sql(
    """INSERT INTO users (subject, username, username_key, email, email_key, email_verified_at, name, password_hash,
        password_scheme, password_changed_at, created_at)
    VALUES (:subject, :username, :username_key, :email, :email_key, :verified_at, :name, :hash, :scheme, :now, :now)
    ON CONFLICT DO NOTHING RETURNING 1""",
    rows=1,
)
UPDATE = Sql(
    """UPDATE users SET username = :username, username_key = :username_key, email = :email, email_key = :email_key,
        email_verified_at = CASE WHEN email_key = :email_key THEN email_verified_at END, name = :name
    WHERE subject = :subject AND COALESCE(username, '') = :old_username AND COALESCE(email, '') = :old_email
        AND COALESCE(name, '') = :old_name
    RETURNING 1""",
    rows=1,
)
# A good sign-in. It finds no row when password, account or its state changed while the hash was computed.
SIGNED_IN = Sql(
    """UPDATE users SET signed_in_at = :now, password_hash = :new, password_scheme = :scheme
    WHERE subject = :subject AND password_hash = :old AND disabled_at IS NULL RETURNING 1""",
    rows=1,
)
SET_PASSWORD = Sql(
    """UPDATE users SET password_hash = :new, password_scheme = :scheme, password_changed_at = :now
    WHERE subject = :subject AND password_hash = :old RETURNING 1""",
    rows=1,
)
DISABLE = Sql(
    "UPDATE users SET disabled_at = :now WHERE subject = :subject AND disabled_at IS NULL RETURNING 1", rows=1
)
ENABLE = Sql(
    "UPDATE users SET disabled_at = NULL WHERE subject = :subject AND disabled_at IS NOT NULL RETURNING 1", rows=1
)
DELETE = Sql("DELETE FROM users WHERE subject = :subject RETURNING 1", rows=1)
GRANT = Sql(
    """INSERT INTO user_scopes (subject, scope, granted_at) VALUES (:subject, :scope, :now)
    ON CONFLICT DO NOTHING RETURNING 1""",
    rows=1,
)
REVOKE = Sql("DELETE FROM user_scopes WHERE subject = :subject AND scope = :scope RETURNING 1", rows=1)


class Account(msgspec.Struct, frozen=True):
    """A user with the hash of the password; does not leave the server's sign-in and password flows."""

    user: User
    hash: str

    def __repr__(self) -> str:
        return f"Account({self.user.subject})"


def account(rows: Sequence[Row], default_scopes: Iterable[str]) -> Account | None:
    """The rows of one user as a value; None when there are none."""
    if not rows:
        return None
    subject, username, email, verified, name, created, disabled, hash_, _ = rows[0]
    granted = {row[-1] for row in rows if row[-1] is not None}
    user = User(
        subject=subject,
        username=username,
        email=email,
        email_verified=verified is not None,
        name=name,
        scopes=tuple(sorted(granted.union(default_scopes))),
        created_at=created,
        disabled=disabled is not None,
    )
    return Account(user, hash_)


class Grouped:
    """Collects a scan's rows into users, one by one, as they are ordered by user."""

    def __init__(self, default_scopes: Iterable[str]) -> None:
        self._defaults = tuple(default_scopes)
        self._rows: list[Any] = []

    def add(self, row: Row) -> Iterator[User]:
        """Take one row; yields the user before it when this is the first of another."""
        if self._rows and self._rows[0][0] != row[0]:
            yield from self.rest()
        self._rows.append(row)

    def rest(self) -> Iterator[User]:
        """Yields the last user."""
        found = account(self._rows, self._defaults)
        self._rows = []
        if found is not None:
            yield found.user
