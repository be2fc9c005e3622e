"""Change the password: by its owner, who knows the current one, or by an operator."""

from dataclasses import dataclass

from gatepass.kernel.clock import Clock, now
from gatepass.kernel.errors import Unavailable
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.sessions.service import Sessions
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store
from gatepass.server.users.errors import SignInRefused, UserConflict
from gatepass.server.users.hashing import Hashed
from gatepass.server.users.lanes import Asker
from gatepass.server.users.queries import Account
from gatepass.server.users.queue import OPERATOR
from gatepass.server.users.service import Users
from gatepass.server.users.throttle import Throttle


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """The use case. `await change_password(subject, current, new, keep_session=…, source=…)`.

    Whoever knew the old password is signed out: all other sessions end with their
    grants in the unit that stores the new hash (ASVS 5.0, 7.4.3).

    Args:
        store: where the unit is written.
        users: owns the password.
        throttle: how often the current one may be tried.
        sessions: owns the sessions that end.
        clock: seconds since the epoch.
    """

    store: Store
    users: Users
    throttle: Throttle
    sessions: Sessions
    clock: Clock = now

    async def __call__(
        self, subject: str, current: str, new: str, *, keep_session: str | None = None, source: Source
    ) -> None:
        """Change it for a person who is signed in and knows the current one.

        Args:
            keep_session: database id of the session that asks; it goes on.

        Raises:
            SignInRefused: `invalid_credentials` when the current one is wrong, or `throttled`.
            PasswordRefused: the new one does not satisfy the rules.
            UserConflict: `user_not_found`, or `user_changed` in the same moment.
            Unavailable: `sign_in_busy`, or the database does not answer.
        """
        account, asker = await self.confirm(subject, current, source)
        hashed = await self.users.hash_new(new, _words(account), asker)
        await self._store(account, hashed, keep_session, source, "self")

    async def by_operator(self, subject: str, new: str, *, source: Source) -> None:
        """Set it, and end all sessions of the user.

        Raises:
            PasswordRefused: it does not satisfy the rules.
            UserConflict: `user_not_found`, or `user_changed` in the same moment.
            Unavailable: the database does not answer.
        """
        account = await self.users.required(subject)
        hashed = await self.users.hash_new(new, _words(account), OPERATOR)
        await self._store(account, hashed, None, source, "operator")

    async def confirm(self, subject: str, current: str, source: Source) -> tuple[Account, Asker]:
        """Make sure that who is signed in knows the password.

        Raises:
            SignInRefused: `invalid_credentials` or `throttled`.
            UserConflict: `user_not_found`.
            Unavailable: `sign_in_busy`, or the database does not answer.
        """
        passed = await self.throttle.password_again(subject, source)
        try:
            account = await self.users.required(subject)
            right = await self.users.is_password_of(account, current, passed.asker)
        except Unavailable:
            await passed.give_back()
            raise
        if not right:
            # At most as many lines as the throttle lets through; each may be somebody with a stolen session.
            await self.store.write(event("password_refused", at=self.clock(), source=source, user=subject))
            raise SignInRefused("invalid_credentials")
        await passed.give_back()
        return account, passed.asker

    async def _store(self, account: Account, hashed: Hashed, kept: str | None, source: Source, by: str) -> None:
        at, subject = self.clock(), account.user.subject
        unit = [
            *self.users.changes.setting_password(account, hashed, now=int(at)),
            *self.sessions.ending_all(subject, by="password_changed", now=int(at), except_session=kept),
            event("password_changed", at=at, source=source, user=subject, session=kept, detail={"by": by}),
        ]
        try:
            await self.store.write(*unit)
        except Stale:
            raise UserConflict("user_changed") from None


def _words(account: Account) -> list[str | None]:
    return [account.user.username, account.user.email, account.user.name]
