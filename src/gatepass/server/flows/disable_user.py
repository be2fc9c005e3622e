"""Disable an account, and enable it again. For operators."""

from dataclasses import dataclass

from gatepass.kernel.clock import Clock, now
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.flows.switching import switched
from gatepass.server.sessions.service import Sessions
from gatepass.server.store.port import Store
from gatepass.server.users.service import Users


@dataclass(frozen=True, slots=True)
class DisableUser:
    """The use case. `await disable_user(subject, source=…)`, `await disable_user.enable(…)`.

    Args:
        store: where the unit is written.
        users: owns the user.
        sessions: owns the sessions that end.
        clock: seconds since the epoch.
    """

    store: Store
    users: Users
    sessions: Sessions
    clock: Clock = now

    async def __call__(self, subject: str, *, source: Source) -> bool:
        """Close the account and end its sessions. Returns whether it was open.

        Raises:
            UserConflict: `user_not_found`.
            Unavailable: the database does not answer.
        """
        await self.users.required(subject)
        at = self.clock()
        unit = [
            *self.users.changes.disabling(subject, now=int(at)),
            *self.sessions.ending_all(subject, by="user_disabled", now=int(at)),
            event("user_disabled", at=at, source=source, user=subject, detail={"by": "operator"}),
        ]
        return await switched(self.store, self.users, subject, unit)

    async def enable(self, subject: str, *, source: Source) -> bool:
        """Open the account again; its sessions stay ended. Returns whether it was closed.

        Raises:
            UserConflict: `user_not_found`.
            Unavailable: the database does not answer.
        """
        await self.users.required(subject)
        line = event("user_enabled", at=self.clock(), source=source, user=subject, detail={"by": "operator"})
        return await switched(self.store, self.users, subject, [*self.users.changes.enabling(subject), line])
