"""The values that the rest of the server knows about a user."""

from typing import Protocol

import msgspec


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One person, as sessions, tokens and pages see them. Holds nothing secret.

    Attributes:
        subject: random and never given to anybody else; the `sub` of tokens. What
            services key their own data by, together with the issuer.
        username: as it was chosen, or None.
        email: as it was typed, normalised, or None.
        email_verified: whether the person has shown that mail to it arrives.
        name: what to call the person, or None.
        scopes: everything the person may hold, default scopes included, sorted.
        created_at: seconds since the epoch.
        disabled: an operator has closed the account; nothing may be issued for it.
    """

    subject: str
    username: str | None = None
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    scopes: tuple[str, ...] = ()
    created_at: int = 0
    disabled: bool = False


class UserSource(Protocol):
    """Where users come from: our own table, or a team's (`AuthServer(users=…)`)."""

    async def authenticate(self, identifier: str, password: str) -> User | None:
        """The user whose username or e-mail address and password these are, else None.

        A disabled user with the right password is returned with `disabled=True`:
        what to tell him is the caller's decision, and only he gets to hear it.
        """

    async def find(self, subject: str) -> User | None:
        """The user with this subject, or None when there is none any more. Asked at every refresh."""
