"""The statements that change users.

Nothing has happened until a flow writes them as one unit, the audit line with them.
Where a unit touches a user's row and sessions, the user's row comes first: then a
password change waits for, or is seen by, every sign-in that is under way
(`docs/decisions/user-row-first.md`).
"""

import hashlib
import hmac

from gatepass.server.master import MasterSecret
from gatepass.server.store.call import Call
from gatepass.server.store.port import Store
from gatepass.server.users import queries
from gatepass.server.users.hashing import Hashed
from gatepass.server.users.identifiers import Identifier, Names
from gatepass.server.users.model import User
from gatepass.server.users.queries import Account

TOMBSTONES = "tombstones"
"""What `MasterSecret.derive` is asked for."""


class UserChanges:
    """Statements for the tables of this room.

    Args:
        store: only read here.
        master: keys the hashes under which names stay reserved.
    """

    def __init__(self, store: Store, master: MasterSecret) -> None:
        self._store = store
        self._master = master

    async def is_reserved(self, username: Identifier | None) -> bool:
        """Whether the name was ever taken, under any version of the secret that is still listed.

        The unit of `creating` itself sees names reserved under today's version, without a gap.
        """
        if username is None:
            return False
        for version in self._master.versions:
            tombstone = self._tombstone(username, version)
            if tombstone and await self._store.read(queries.RESERVED(tombstone=tombstone)):
                return True
        return False

    def creating(
        self, subject: str, names: Names, name: str | None, hashed: Hashed, *, now: int, email_verified: bool = False
    ) -> list[Call]:
        """A new user. `Stale` when name or address is taken, or the name is reserved."""
        create = queries.CREATE(
            subject=subject,
            name=name,
            verified_at=now if email_verified and names.email else None,
            hash=hashed.text,
            scheme=hashed.scheme,
            now=now,
            **_columns(names),
        )
        return [create, *self._reserving(names.username, now)]

    def updating(self, user: User, names: Names, name: str | None, *, now: int) -> list[Call]:
        """New names and display name. `Stale` as in `creating`, or when the user is not as given any more."""
        chosen = names.username if user.username is None else None
        update = queries.UPDATE(
            subject=user.subject,
            name=name,
            old_username=user.username or "",
            old_email=user.email or "",
            old_name=user.name or "",
            **_columns(names),
        )
        return [update, *self._reserving(chosen, now)]

    def setting_password(self, account: Account, hashed: Hashed, *, now: int) -> list[Call]:
        """A new password hash. `Stale` when the old one is not there any more."""
        return [
            queries.SET_PASSWORD(
                subject=account.user.subject, old=account.hash, new=hashed.text, scheme=hashed.scheme, now=now
            )
        ]

    def disabling(self, subject: str, *, now: int) -> list[Call]:
        """Close the account. `Stale` when it is closed or gone."""
        return [queries.DISABLE(subject=subject, now=now)]

    def enabling(self, subject: str) -> list[Call]:
        """Open the account again. `Stale` when it is open or gone."""
        return [queries.ENABLE(subject=subject)]

    def deleting(self, subject: str) -> list[Call]:
        """Remove the user and the granted scopes; the name stays reserved. `Stale` when there is none."""
        return [queries.DELETE(subject=subject)]

    def granting(self, subject: str, scope: str, *, now: int) -> list[Call]:
        """Let the user hold a scope. `Stale` when the user holds it, or is gone."""
        return [queries.GRANT(subject=subject, scope=scope, now=now)]

    def revoking(self, subject: str, scope: str) -> list[Call]:
        """Take a granted scope back. `Stale` when it was not granted."""
        return [queries.REVOKE(subject=subject, scope=scope)]

    def _reserving(self, username: Identifier | None, now: int) -> list[Call]:
        # Reserved from its first day on, so that deletion has nothing to add and no gap to leave.
        if username is None:
            return []
        tombstone = self._tombstone(username, self._master.version)
        return [queries.RESERVE(tombstone=tombstone, key_version=self._master.version, now=now)]

    def _tombstone(self, username: Identifier, version: int) -> bytes | None:
        key = self._master.derive(TOMBSTONES, version)
        return hmac.digest(key, username.key.encode(), hashlib.sha256) if key else None


def _columns(names: Names) -> dict[str, str | None]:
    username, email = names.username, names.email
    return {
        "username": username.text if username else None,
        "username_key": username.key if username else None,
        "email": email.text if email else None,
        "email_key": email.key if email else None,
    }
