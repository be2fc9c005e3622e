"""Grant a scope to a user, and take it back. For operators."""

from dataclasses import dataclass

from gatepass.kernel.clock import Clock, now
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.flows.switching import switched
from gatepass.server.store.call import Call
from gatepass.server.store.port import Store
from gatepass.server.users.identifiers import scope_name
from gatepass.server.users.service import Users


@dataclass(frozen=True, slots=True)
class GrantScope:
    """The use case. `await grant_scope(subject, scope, source=…)`, `await grant_scope.revoke(…)`.

    What a user holds is asked at every refresh, so a scope that was taken back is gone
    from new tokens at once and from the last old one when it expires.

    Args:
        store: where the unit is written.
        users: owns what is held.
        clock: seconds since the epoch.
    """

    store: Store
    users: Users
    clock: Clock = now

    async def __call__(self, subject: str, scope: str, *, source: Source) -> bool:
        """Let the user hold `scope`. Returns whether it was granted just now.

        Raises:
            IdentifierRefused: `scope_invalid`.
            UserConflict: `user_not_found`.
            Unavailable: the database does not answer.
        """
        name, at = scope_name(scope), self.clock()
        await self.users.required(subject)
        calls = self.users.changes.granting(subject, name, now=int(at))
        line = self._line("scope_granted", subject, scope, at, source)
        return await switched(self.store, self.users, subject, [*calls, line])

    async def revoke(self, subject: str, scope: str, *, source: Source) -> bool:
        """Take a granted scope back; default scopes stay. Returns whether it had been granted.

        Raises:
            IdentifierRefused: `scope_invalid`.
            UserConflict: `user_not_found`.
            Unavailable: the database does not answer.
        """
        name = scope_name(scope)
        await self.users.required(subject)
        calls = self.users.changes.revoking(subject, name)
        line = self._line("scope_revoked", subject, scope, self.clock(), source)
        return await switched(self.store, self.users, subject, [*calls, line])

    def _line(self, name: str, subject: str, scope: str, at: float, source: Source) -> Call:
        return event(name, at=at, source=source, user=subject, detail={"scope": scope, "by": "operator"})
