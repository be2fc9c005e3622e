"""Reads of sessions, and the statements that start, use, rotate and end them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from gatepass.kernel.errors import Misuse
from gatepass.server.audit.events import newest_of
from gatepass.server.audit.model import Source
from gatepass.server.master import MasterSecret
from gatepass.server.sessions import queries, refresh_token
from gatepass.server.sessions.model import Chain, Family, LiveGrant, Session, alive
from gatepass.server.sessions.refresh_token import RefreshToken
from gatepass.server.sessions.starting import (
    Started,
    StartedGrant,
    insert_family,
    insert_grant,
    insert_session,
    new_family,
    new_grant,
    new_session,
)
from gatepass.server.status.drawing import Drawn
from gatepass.server.status.marking import marking_grant, marking_session, marking_user
from gatepass.server.store.call import Call
from gatepass.server.store.errors import StoreUnavailable
from gatepass.server.store.port import Store
from gatepass.tokens.sessions import SessionLimits, hash_secret, new_session_secret

DAY = 86_400
BROWSER_LIMITS = SessionLimits(idle=7 * DAY, absolute=30 * DAY)
"""OWASP ASVS 5.0, 7.3.1 and 7.3.2 ask for both limits; the figures are ours."""
REFRESH_LIMITS = SessionLimits(idle=14 * DAY, absolute=90 * DAY)
"""RFC 9700 section 4.14.2 lets unused refresh tokens end; the figures are ours."""
USED_EVERY = 60
"""Seconds between two writes of a session's last use: a page view must not cost a write."""
LISTED = 100
"""Sessions that are listed at once. Nobody has that many devices, but a program that signs in again and again
has that many sessions, and a list of ten thousand holds up everybody else for two seconds."""
PER_USER = LISTED
"""Sessions of one person at a time (OWASP ASVS 5.0, 7.1.2 asks for a documented number): what is listed is all."""
ENDED_AT_ONCE = 100
"""Sessions that one sign-in ends to make room. When the limit was lowered by more, the next sign-ins go on with it."""
ROTATIONS = frozenset({"session_started", "token_refreshed", "refresh_state_lost"})
"""Audit events of units that may have made a refresh token."""
MAX_CHARACTERS = 128
"""Longest secret, id or `sid` that is looked for."""


class Sessions:
    """Sessions, grants and refresh families.

    Methods that change something return statements in lock order; nothing has
    happened until a flow writes them, together with the audit line, as one unit.
    Every read raises `StoreUnavailable` when the database cannot answer.

    Args:
        store: where they are kept.
        master: what refresh tokens are made with.
        browser: limits of sessions that a cookie carries.
        refresh: limits of API sign-ins and of every refresh family.
        per_user: sessions that one person may have at a time.
    """

    def __init__(
        self,
        store: Store,
        master: MasterSecret,
        *,
        browser: SessionLimits = BROWSER_LIMITS,
        refresh: SessionLimits = REFRESH_LIMITS,
        per_user: int = PER_USER,
    ) -> None:
        self._store = store
        self._master = master
        self._browser = browser
        self._refresh = refresh
        self._per_user = per_user

    def starting(
        self, user_id: str, *, now: int, source: Source, amr: Sequence[str] = ("pwd",), acr: str | None = None
    ) -> Started:
        """A new browser session; its secret goes into the cookie.

        Args:
            user_id: `sub` of the person who just signed in.
            now: seconds since the epoch; becomes `auth_time`.
            source: where from; address and agent are kept with the session.
            amr: how they signed in (RFC 8176).
            acr: how strong that was.
        """
        secret = new_session_secret()
        session = new_session(user_id, browser=True, limits=self._browser, now=now, source=source, amr=amr, acr=acr)
        return Started(session, secret, [insert_session(session, hash_secret(secret))])

    def starting_grant(
        self,
        user_id: str,
        *,
        client_id: str,
        scope: str,
        audiences: Sequence[str],
        status: Drawn,
        now: int,
        source: Source,
        amr: Sequence[str] = ("pwd",),
        acr: str | None = None,
    ) -> StartedGrant:
        """A new API sign-in: a session, its grant, and the first refresh token.

        Args:
            client_id: the client that it is for.
            scope: what is granted, space-separated.
            audiences: for whom tokens may be made.
            status: the bit that will say that it has ended.
        """
        session = new_session(user_id, browser=False, limits=self._refresh, now=now, source=source, amr=amr, acr=acr)
        grant = new_grant(session, client_id=client_id, scope=scope, audiences=audiences, now=now, status=status)
        family = new_family(grant, limits=self._refresh, key_version=self._master.version, now=now)
        rows = [insert_session(session, None), insert_grant(grant), insert_family(family)]
        calls = [*rows, status.taking(grant.id, until=session.absolute_until)]
        return StartedGrant(session, grant, self.token(family, 0), calls)

    async def surplus(self, user_id: str, *, now: int, leaving: str = "") -> list[Session]:
        """The living sessions of a person that leave no room for one more: those that were not used for longest.

        Args:
            leaving: database id of a session that ends in the same unit anyway.
        """
        call = queries.SURPLUS(user=user_id, leaving=leaving, now=now, kept=self._per_user - 1, limit=ENDED_AT_ONCE)
        return [queries.session(row) for row in await self._store.read(call)]

    def within_limit(self, user_id: str, *, now: int) -> Call:
        """For the unit that starts a session, after it: the unit is `Stale` when the person has too many now."""
        return queries.WITHIN_LIMIT(user=user_id, now=now, most=self._per_user)

    def using(self, session: Session, *, now: int, source: Source) -> list[Call]:
        """Note a session's use, which puts off its idle limit; empty when noted a moment ago."""
        limits = self._browser if session.browser else self._refresh
        # A short idle limit must not run out between two notes.
        if now - session.last_seen_at < min(USED_EVERY, limits.idle // 2):
            return []
        return [
            queries.USE_SESSION(
                id=session.id,
                now=now,
                idle_until=min(now + limits.idle, session.absolute_until),
                address=source.address,
                agent=source.agent,
                seen_before=session.last_seen_at,
            )
        ]

    def rotating(self, chain: Chain, successor: int, *, now: int, source: Source) -> list[Call]:
        """Make `successor` the newest generation, and note the use of the session.

        The unit is `Stale` when the family has another generation than `chain` says, or has ended.
        """
        family = chain.family
        swap = queries.ROTATE(
            id=family.id,
            generation=family.generation,
            successor=successor,
            now=now,
            idle_until=min(now + self._refresh.idle, family.absolute_until),
        )
        return [*self.using(chain.session, now=now, source=source), swap]

    def ending(self, session_id: str, *, by: str, now: int, once: bool = False) -> list[Call]:
        """End a session with all its grants and families, and set the bits of those.

        Args:
            by: why, such as `sign_out`.
            once: the unit is `Stale` when the session has ended before; else that does nothing.
        """
        end = queries.END_SESSION_ONCE if once else queries.END_SESSION
        return [
            end(id=session_id, by=by, now=now),
            queries.END_GRANTS_IN(session=session_id, by=by, now=now),
            queries.END_FAMILIES_IN(session=session_id, now=now),
            marking_session(session_id, now=now),
        ]

    def ending_all(self, user_id: str, *, by: str, now: int, except_session: str | None = None) -> list[Call]:
        """End all sessions of a person with their grants and families, but for one of them.

        Args:
            by: why, such as `password_changed`.
            except_session: database id of the session that goes on.
        """
        kept = except_session or ""
        return [
            queries.END_SESSIONS_OF(user=user_id, kept=kept, by=by, now=now),
            queries.END_GRANTS_OF(user=user_id, kept=kept, by=by, now=now),
            queries.END_FAMILIES_OF(user=user_id, kept=kept, now=now),
            marking_user(user_id, now=now),
        ]

    def ending_grant(self, grant_id: str, *, by: str, now: int) -> list[Call]:
        """End one grant and its family, not its session. `Stale` when it has ended before."""
        return [
            queries.END_GRANT_ONCE(id=grant_id, by=by, now=now),
            queries.END_FAMILY_OF(grant=grant_id, now=now),
            marking_grant(grant_id, now=now),
        ]

    def forgetting(self, user_id: str) -> list[Call]:
        """Drop address and agent from the sessions of a deleted user; end them first."""
        return [queries.FORGET(user=user_id)]

    async def by_secret(self, secret: str, *, now: int) -> Session | None:
        """The live session that a cookie carries."""
        if not _plausible(secret):
            return None
        rows = await self._store.read(queries.SESSION_BY_SECRET(secret_hash=hash_secret(secret)))
        session = queries.session(rows[0]) if rows else None
        return session if session is not None and alive(now, session) else None

    async def recognise(self, secret: str, *, now: int, source: Source) -> Session | None:
        """The live session that a cookie carries, its use noted: what every page asks."""
        session = await self.by_secret(secret, now=now)
        if session is not None and (calls := self.using(session, now=now, source=source)):
            # The session is proved; a busy writer is no reason to turn a reader away.
            with suppress(StoreUnavailable):
                await self._store.write(*calls)
        return session

    async def by_id(self, session_id: str, *, now: int) -> Session | None:
        """The live session with this database id."""
        if not _plausible(session_id):
            return None
        rows = await self._store.read(queries.SESSION(id=session_id))
        session = queries.session(rows[0]) if rows else None
        return session if session is not None and alive(now, session) else None

    async def live(self, sid: str, *, now: int) -> LiveGrant | None:
        """The grant with this public `sid`, if it and its session are alive. One read."""
        if not _plausible(sid):
            return None
        rows = await self._store.read(queries.GRANT_BY_SID(sid=sid))
        found = queries.live_grant(rows[0]) if rows else None
        return found if found is not None and alive(now, found.session, found.grant) else None

    async def of_user(self, user_id: str, *, now: int, current: str = "", limit: int = LISTED) -> list[Session]:
        """The live sessions of a person: the one with the id `current` first, then by last use."""
        call = queries.SESSIONS_OF(user=user_id, now=now, current=current, limit=limit)
        return [queries.session(row) for row in await self._store.read(call)]

    async def of_all(self, *, now: int, limit: int = LISTED) -> list[Session]:
        """Live sessions of everybody, last used first, for the operator."""
        return [queries.session(row) for row in await self._store.read(queries.SESSIONS_OF_ALL(now=now, limit=limit))]

    async def people(self) -> AsyncIterator[str]:
        """Everybody who has a session that was not ended; it may have run out."""
        async for (user_id,) in self._store.scan(queries.PEOPLE_SIGNED_IN()):
            yield user_id

    async def chain(self, family_id: str) -> Chain | None:
        """The refresh family with this id and all it hangs on, alive or not. One read."""
        rows = await self._store.read(queries.CHAIN(family=family_id))
        return queries.chain(rows[0]) if rows else None

    async def newest_rotation(self) -> int | None:
        """When somebody last signed in or refreshed, as far as is known.

        Every rotation has its audit line in the same unit, and those are in the order of time: an index of
        rotations would make every refresh dearer by a tenth, for an outage now and then. Only where the newest
        lines tell of other things is every family looked at, in nobody's way.
        """
        noted = await newest_of(self._store, ROTATIONS)
        if noted is not None:
            return noted
        async for (newest,) in self._store.scan(queries.NEWEST_ROTATION()):
            return None if newest is None else int(newest)
        return None

    def genuine(self, token: RefreshToken, family: Family) -> bool:
        """Whether this server made `token` for `family`, found out in constant time."""
        key = self._master.derive(refresh_token.PURPOSE, family.key_version)
        return key is not None and refresh_token.genuine(token, key, version=family.key_version, salt=family.salt)

    def token(self, family: Family, generation: int) -> str:
        """The refresh token of one generation.

        Raises:
            Misuse: the version of the master secret that the family was made with is not listed any more;
                `genuine` never says yes then.
        """
        key = self._master.derive(refresh_token.PURPOSE, family.key_version)
        if key is None:
            raise Misuse(f"Version {family.key_version} of the secret key is not listed any more.")
        return refresh_token.write(
            key, version=family.key_version, family=family.id, generation=generation, salt=family.salt
        )


def _plausible(text: str) -> bool:
    return text.isascii() and len(text) <= MAX_CHARACTERS and "\0" not in text
