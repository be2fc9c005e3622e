"""Delete an account: by its owner, freshly signed in, or by an operator."""

from dataclasses import dataclass

from gatepass.http.refusals import AccessRefused
from gatepass.kernel.clock import Clock, now
from gatepass.server.audit.events import event, forget
from gatepass.server.audit.model import Source
from gatepass.server.flows.change_password import ChangePassword
from gatepass.server.sessions.service import Sessions
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store
from gatepass.server.users.errors import UserConflict
from gatepass.server.users.service import Users

FRESH_SECONDS = 300
"""How long ago the person may have signed in."""


@dataclass(frozen=True, slots=True)
class DeleteUser:
    """The use case. `await delete_user(subject, auth_time=…, source=…)`.

    One unit: the user goes, the sessions end with their grants, and addresses and agents
    are dropped. What remains are audit lines about a random `sub`, and the keyed hash
    under which the username stays reserved.

    Args:
        store: where the unit is written.
        users: owns the user.
        sessions: owns the sessions that end.
        passwords: asks for the password, where that is the fresh sign-in.
        clock: seconds since the epoch.
    """

    store: Store
    users: Users
    sessions: Sessions
    passwords: ChangePassword
    clock: Clock = now

    async def __call__(
        self, subject: str, password: str | None = None, *, auth_time: int | None = None, source: Source
    ) -> None:
        """Delete the account of a person who just signed in, or shows the password once more.

        Args:
            password: the current one, when it was asked for.
            auth_time: otherwise, when the session that asks was signed in, in seconds since the epoch.

        Raises:
            AccessRefused: `insufficient_user_authentication` with `max_age` (RFC 9470): signed in too long ago.
            SignInRefused: `invalid_credentials` or `throttled`.
            UserConflict: `user_not_found`.
            Unavailable: `sign_in_busy`, or the database does not answer.
        """
        if password is not None:
            await self.passwords.confirm(subject, password, source)
        elif auth_time is None or abs(self.clock() - auth_time) > FRESH_SECONDS:
            # Signed in tomorrow: the clock was set back, and nobody knows how long ago that was.
            raise AccessRefused("insufficient_user_authentication", challenge={"max_age": str(FRESH_SECONDS)})
        await self._delete(subject, source, "self")

    async def by_operator(self, subject: str, *, source: Source) -> None:
        """Delete any account.

        Raises:
            UserConflict: `user_not_found`.
            Unavailable: the database does not answer.
        """
        await self._delete(subject, source, "operator")

    async def _delete(self, subject: str, source: Source, by: str) -> None:
        await self.users.required(subject)
        at = self.clock()
        unnamed = Source(None, None, source.request_id)
        unit = [
            *self.users.changes.deleting(subject),
            *self.sessions.ending_all(subject, by="user_deleted", now=int(at)),
            *self.sessions.forgetting(subject),
            forget(subject),
            event("user_deleted", at=at, source=unnamed, user=subject, detail={"by": by}),
        ]
        try:
            await self.store.write(*unit)
        except Stale:
            raise UserConflict("user_not_found") from None
