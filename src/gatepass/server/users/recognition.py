"""What the sign-in flow asks of a source of users, and what it is told."""

from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from gatepass.server.store.call import Call
from gatepass.server.users.lanes import Asker
from gatepass.server.users.model import User, UserSource


class Attempt(msgspec.Struct, frozen=True):
    """Somebody wants to sign in."""

    identifier: str
    password: str
    asker: Asker

    def __repr__(self) -> str:
        return "Attempt(…)"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A user whose password was right a moment ago.

    Attributes:
        calls: stand first in the unit that starts something for this user. They note
            the sign-in and upgrade an old hash; one is `Stale` when password or
            account changed in that moment. Empty for a disabled user.
        upgraded: whether `calls` replace the hash.
    """

    user: User
    calls: list[Call] = field(default_factory=list, repr=False)
    upgraded: bool = False


class SignInSource(UserSource, Protocol):
    """A user source that sign-in can ask: `service.Users`, or a team's own behind `foreign.ForeignUsers`."""

    async def recognise(self, attempt: Attempt) -> Recognised | None:
        """Who that is; None when identifier or password is wrong."""
