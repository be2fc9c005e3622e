"""Revoke a grant: a client gives back what it was granted; the session goes on."""

from dataclasses import dataclass

from gatepass.kernel.clock import Clock, now
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.sessions.model import Grant
from gatepass.server.sessions.service import Sessions
from gatepass.server.store.call import Call
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store


@dataclass(frozen=True, slots=True)
class Revoking:
    """A client wants to give a grant back.

    Attributes:
        token: what it showed: `refresh_token` or `access_token`, found genuine.
        asked_by: id of the client.
    """

    grant: Grant
    token: str
    asked_by: str
    source: Source


@dataclass(frozen=True, slots=True)
class RevokeGrant:
    """The use case. Revoking twice does nothing and says nothing.

    All methods raise StoreUnavailable when the grant may still be there.

    Args:
        store: where the unit is written.
        sessions: owns the grant.
        clock: seconds since the epoch.
    """

    store: Store
    sessions: Sessions
    clock: Clock = now

    async def __call__(self, revoking: Revoking) -> None:
        """End the grant with its refresh tokens."""
        grant = revoking.grant
        if grant.ended_at is not None:
            return  # what changes nothing costs no write
        at = self.clock()
        end = self.sessions.ending_grant(grant.id, by="revoked", now=int(at))
        try:
            await self.store.write(*end, _line("grant_revoked", revoking, at))
        except Stale:
            return  # ended in that moment, with its own audit line

    async def refused(self, revoking: Revoking) -> None:
        """Write down that a client wanted to end the grant of another one."""
        await self.store.write(_line("revocation_refused", revoking, self.clock()))


def _line(name: str, revoking: Revoking, at: float) -> Call:
    grant = revoking.grant
    detail = {"token": revoking.token, "asked_by": revoking.asked_by}
    return event(
        name,
        at=at,
        source=revoking.source,
        user=grant.user_id,
        session=grant.session_id,
        client=grant.client_id,
        detail=detail,
    )
