"""Register: a new user, by himself or by an operator."""

from dataclasses import dataclass

from gatepass.kernel.clock import Clock, now
from gatepass.kernel.errors import Unavailable
from gatepass.kernel.ids import new_id
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store
from gatepass.server.users.errors import UserConflict
from gatepass.server.users.identifiers import Names, display_name
from gatepass.server.users.lanes import Asker
from gatepass.server.users.model import User
from gatepass.server.users.queue import OPERATOR
from gatepass.server.users.service import Users
from gatepass.server.users.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Register:
    """The use case. `await register(username=…, email=…, password=…, source=…)`.

    The password is judged and hashed before anybody looks whether name or address is
    free: all registrations take the same work, and a taken name, a reserved name and a
    taken address get one answer (`docs/decisions/registration-answers.md`).

    Args:
        store: where the unit is written.
        users: makes the user.
        throttle: how often an address may register.
        clock: seconds since the epoch.
    """

    store: Store
    users: Users
    throttle: Throttle
    clock: Clock = now

    async def __call__(
        self, *, username: str | None, email: str | None, password: str, name: str | None = None, source: Source
    ) -> User:
        """Create the account of somebody who asks for it. It is not signed in by that.

        Args:
            username: 1 to 64 characters, or None.
            email: or None; one of the two is needed.
            name: what to call the person.

        Raises:
            IdentifierRefused: name or address cannot be taken as it is.
            PasswordRefused: the password does not satisfy the rules.
            UserConflict: `identifier_unavailable`.
            SignInRefused: `throttled`.
            Unavailable: `sign_in_busy`, or the database does not answer.
        """
        names, shown = Names.parse(username, email), display_name(name)
        passed = await self.throttle.registration(source)
        try:
            return await self._create(names, shown, password, source, "self", passed.asker)
        except Unavailable:
            await passed.give_back()
            raise

    async def by_operator(
        self, *, username: str | None, email: str | None, password: str, name: str | None = None, source: Source
    ) -> User:
        """The same, without a limit. Raises what a registration does, but never `throttled`."""
        return await self._create(
            Names.parse(username, email), display_name(name), password, source, "operator", OPERATOR
        )

    async def _create(
        self, names: Names, name: str | None, password: str, source: Source, by: str, asker: Asker
    ) -> User:
        username = names.username.text if names.username else None
        email = names.email.text if names.email else None
        hashed = await self.users.hash_new(password, [username, email, name], asker)
        at, subject = self.clock(), new_id()
        if await self.users.changes.is_reserved(names.username):
            raise UserConflict("identifier_unavailable")
        line = event("user_registered", at=at, source=source, user=subject, detail={"by": by})
        try:
            await self.store.write(*self.users.changes.creating(subject, names, name, hashed, now=int(at)), line)
        except Stale:
            raise UserConflict("identifier_unavailable") from None
        return User(
            subject=subject,
            username=username,
            email=email,
            name=name,
            scopes=tuple(sorted(self.users.default_scopes)),
            created_at=int(at),
        )
