"""Sign out: this device's session ends, with everything that hangs on it."""

from dataclasses import dataclass

from gatepass.kernel.clock import Clock, now
from gatepass.server.audit.model import Source
from gatepass.server.flows.ending import ending
from gatepass.server.sessions import refresh_token as refresh_tokens
from gatepass.server.sessions.model import Session
from gatepass.server.sessions.service import Sessions
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store


@dataclass(frozen=True, slots=True)
class SignOut:
    """The use case. Signing out twice, or with something that never was good, does nothing and says nothing.

    All methods raise StoreUnavailable when the session may still be there.

    Args:
        store: where the unit is written.
        sessions: owns the session.
        clock: seconds since the epoch.
    """

    store: Store
    sessions: Sessions
    clock: Clock = now

    async def __call__(self, session_id: str, *, source: Source) -> None:
        """End the session with this database id."""
        await self._end(await self.sessions.by_id(session_id, now=int(self.clock())), source)

    async def by_secret(self, secret: str, *, source: Source) -> None:
        """End the session that a cookie carries. Nobody is asked whose it is: who is gone may sign out, too."""
        await self._end(await self.sessions.by_secret(secret, now=int(self.clock())), source)

    async def by_refresh_token(self, token: str, *, source: Source) -> None:
        """End the session that a genuine refresh token of any generation belongs to."""
        parsed = refresh_tokens.parse(token)
        chain = await self.sessions.chain(parsed.family) if parsed else None
        if parsed and chain and self.sessions.genuine(parsed, chain.family):
            await self._end(chain.session, source)

    async def _end(self, session: Session | None, source: Source) -> None:
        if session is None:
            return
        end = ending(self.sessions, session, by="sign_out", at=self.clock(), source=source, once=True)
        try:
            await self.store.write(*end)
        except Stale:
            return  # ended in that moment, with its own audit line
