"""Update the profile: name, e-mail address, and a username where there is none yet."""

from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from gatepass.kernel.clock import Clock, now
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store
from gatepass.server.users.errors import UserConflict
from gatepass.server.users.identifiers import Names, display_name
from gatepass.server.users.model import User
from gatepass.server.users.service import Users
from gatepass.server.users.throttle import Throttle

Text = str | UnsetType | None


@dataclass(frozen=True, slots=True)
class UpdateProfile:
    """The use case. `await update_profile(subject, name=…, source=…)`.

    Args:
        store: where the unit is written.
        users: owns the profile.
        throttle: who may ask for another address may also find out which ones are taken.
        clock: seconds since the epoch.
    """

    store: Store
    users: Users
    throttle: Throttle
    clock: Clock = now

    async def __call__(
        self, subject: str, *, username: Text = UNSET, email: Text = UNSET, name: Text = UNSET, source: Source
    ) -> User:
        """Change what is given; what is left out stays, None clears. Returns the user as it is then.

        A new address is an unverified one. A username is chosen once: other people know
        its owner by it, and the name they knew must not become somebody else.

        Raises:
            IdentifierRefused: something cannot be taken as it is, or neither name nor address would be left.
            UserConflict: `identifier_unavailable`, `username_fixed`, `user_not_found`, or `user_changed`
                in the same moment.
            SignInRefused: `throttled`.
            Unavailable: the database does not answer.
        """
        user = (await self.users.required(subject)).user
        before = Names.parse(user.username, user.email)
        names = Names.parse(_chosen(username, user.username), _chosen(email, user.email))
        shown = display_name(_chosen(name, user.name))
        if before.username and (names.username is None or names.username.key != before.username.key):
            raise UserConflict("username_fixed")
        changed = _changed(user, names, shown)
        if changed:
            await self._write(user, names, shown, changed, source)
        return (await self.users.required(subject)).user

    async def _write(self, user: User, names: Names, name: str | None, changed: list[str], source: Source) -> None:
        at = self.clock()
        if changed != ["name"]:
            await self.throttle.registration(source)
            if user.username is None and await self.users.changes.is_reserved(names.username):
                raise UserConflict("identifier_unavailable")
        line = event("user_updated", at=at, source=source, user=user.subject, detail={"changed": changed})
        try:
            await self.store.write(*self.users.changes.updating(user, names, name, now=int(at)), line)
        except Stale:
            same = (await self.users.required(user.subject)).user == user
            raise UserConflict("identifier_unavailable" if same else "user_changed") from None


def _chosen(given: Text, before: str | None) -> str | None:
    return before if isinstance(given, UnsetType) else given


def _changed(user: User, names: Names, name: str | None) -> list[str]:
    username, email = names.username, names.email
    pairs = {
        "username": (user.username, username.text if username else None),
        "email": (user.email, email.text if email else None),
        "name": (user.name, name),
    }
    return [field for field, (before, after) in pairs.items() if before != after]
