"""New rows: a session, a grant inside it, the refresh family of the grant. Pure but for randomness."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gatepass.kernel.ids import new_bytes, new_id
from gatepass.server.audit.model import Source
from gatepass.server.sessions import queries
from gatepass.server.sessions.model import Family, Grant, LiveGrant, Session
from gatepass.server.status.drawing import Drawn
from gatepass.server.store.call import Call
from gatepass.tokens.sessions import SessionLimits

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Started:
    """A browser session that exists once `calls` are written.

    Attributes:
        secret: for the cookie; only its hash is stored.
        calls: what the flow puts into its unit, before the audit line.
    """

    session: Session
    secret: str = field(repr=False)
    calls: list[Call] = field(repr=False)


@dataclass(frozen=True, slots=True)
class StartedGrant:
    """An API sign-in, a session and its one grant, that exists once `calls` are written."""

    session: Session
    grant: Grant
    refresh_token: str = field(repr=False)
    calls: list[Call] = field(repr=False)

    @property
    def live(self) -> LiveGrant:
        """What a token is issued for."""
        return LiveGrant(session=self.session, grant=self.grant)


def new_session(
    user_id: str, *, browser: bool, limits: SessionLimits, now: int, source: Source, amr: Sequence[str], acr: str | None
) -> Session:
    """A session of somebody who signed in just now."""
    return Session(
        id=new_id(),
        user_id=user_id,
        browser=browser,
        auth_time=now,
        amr=tuple(amr),
        acr=acr,
        address=source.address,
        agent=source.agent,
        created_at=now,
        last_seen_at=now,
        idle_until=now + limits.idle,
        absolute_until=now + limits.absolute,
    )


def new_grant(
    session: Session, *, client_id: str, scope: str, audiences: Sequence[str], now: int, status: Drawn
) -> Grant:
    """A client's authorization inside `session`, with a `sid` of its own."""
    return Grant(
        id=new_id(),
        session_id=session.id,
        user_id=session.user_id,
        client_id=client_id,
        sid=new_id(),
        scope=scope,
        audiences=tuple(audiences),
        created_at=now,
        status_list=status.list,
        status_idx=status.idx,
    )


def new_family(grant: Grant, *, limits: SessionLimits, key_version: int, now: int) -> Family:
    """The refresh family of `grant`, at its first generation."""
    return Family(
        id=new_id(),
        grant_id=grant.id,
        client_id=grant.client_id,
        generation=0,
        key_version=key_version,
        salt=new_bytes(SALT_BYTES),
        rotated_at=now,
        idle_until=now + limits.idle,
        absolute_until=now + limits.absolute,
    )


def insert_session(session: Session, secret_hash: bytes | None) -> Call:
    """The statement that stores a new session; without a hash it is an API sign-in."""
    return queries.START_SESSION(
        id=session.id,
        user=session.user_id,
        secret_hash=secret_hash,
        now=session.created_at,
        amr=" ".join(session.amr),
        acr=session.acr,
        address=session.address,
        agent=session.agent,
        idle_until=session.idle_until,
        absolute_until=session.absolute_until,
    )


def insert_grant(grant: Grant) -> Call:
    """The statement that stores a new grant."""
    return queries.START_GRANT(
        id=grant.id,
        session=grant.session_id,
        user=grant.user_id,
        client=grant.client_id,
        sid=grant.sid,
        scope=grant.scope,
        audience=" ".join(grant.audiences),
        now=grant.created_at,
        status_list=grant.status_list,
        status_idx=grant.status_idx,
    )


def insert_family(family: Family) -> Call:
    """The statement that stores a new refresh family."""
    return queries.START_FAMILY(
        id=family.id,
        grant=family.grant_id,
        client=family.client_id,
        key_version=family.key_version,
        salt=family.salt,
        now=family.rotated_at,
        idle_until=family.idle_until,
        absolute_until=family.absolute_until,
    )
