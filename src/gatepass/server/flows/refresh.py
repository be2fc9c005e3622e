"""Refresh: a refresh token becomes a fresh access token and the next refresh token."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gatepass.http.addresses import address_prefix
from gatepass.kernel.clock import Clock, now
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.budgets import Budgets, Charge, Limit
from gatepass.server.clients.errors import GrantRefused
from gatepass.server.clients.model import FIRST_PARTY, Target, is_known
from gatepass.server.clients.scopes import refreshed_scope
from gatepass.server.clients.service import Clients
from gatepass.server.issuing.access import AccessTokens
from gatepass.server.issuing.answer import TokenAnswer
from gatepass.server.metrics import Metrics
from gatepass.server.sessions import refresh_token as refresh_tokens
from gatepass.server.sessions.grace import GraceClock
from gatepass.server.sessions.model import Chain, Ended, Repeat, Reuse, Rotate, SetBack, decide
from gatepass.server.sessions.refresh_token import RefreshToken
from gatepass.server.sessions.service import Sessions
from gatepass.server.store.call import Call
from gatepass.server.store.errors import Stale, StoreUnavailable
from gatepass.server.store.port import Store
from gatepass.server.users.model import User, UserSource

PER_FAMILY = Limit("family", 120, 60)
"""Refreshes in a minute: a browser full of tabs that all woke up, twice. Only genuine tokens count against it."""
REUSED = "reused"
"""Detail of the refusal that ended a grant; the client is told no more than `invalid_grant`."""
_ATTEMPTS = 8
_IPV6_BITS = 64


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request, and the moment it is judged by."""

    token: RefreshToken
    client_id: str
    scope: str | None
    resource: tuple[str, ...]
    source: Source
    at: float

    @property
    def now(self) -> int:
        return int(self.at)


@dataclass(frozen=True, slots=True)
class Refresh:
    """The use case. `await refresh(token, source=…)`.

    Args:
        store: where the unit is written.
        sessions: owns the family.
        clients: say whom the new token may be for.
        users: asked again whether the person is still there, and may.
        access: makes the access token.
        grace: for how long a lost answer is given again.
        budgets: count how often one family refreshes.
        clock: seconds since the epoch.
        metrics: counts refreshes by result.
        per_family: how often one family may refresh.
    """

    store: Store
    sessions: Sessions
    clients: Clients
    users: UserSource
    access: AccessTokens
    grace: GraceClock
    budgets: Budgets
    clock: Clock = now
    metrics: Metrics = field(default_factory=Metrics)
    per_family: Limit = PER_FAMILY

    async def __call__(
        self,
        refresh_token: str,
        *,
        source: Source,
        client_id: str = FIRST_PARTY,
        scope: str | None = None,
        resource: Sequence[str] = (),
    ) -> TokenAnswer:
        """Give the next tokens (RFC 6749 section 6, RFC 9700 section 4.14.2).

        1. Size and form of the text.
        2. The row of its family.
        3. The MAC, in constant time. Whoever has no real token cannot end a family.
        4. The client that the family belongs to; and how often the family was refreshed of late.
        5. One compare-and-swap on the generation, in one unit with the session's last use and the audit line.
        6. Where the swap finds another state, read again and let `decide` say what that means.

        Args:
            refresh_token: as it was sent.
            source: where from.
            client_id: who asks.
            scope: narrower than the grant, or None for all of it.
            resource: some of the grant's audiences, or the auth server itself; none: the grant's audiences.

        Raises:
            GrantRefused: `invalid_grant`, `invalid_client`, `invalid_scope`, `invalid_target` or `throttled`.
            StoreUnavailable: nothing is promised; ask again with the same token.
        """
        try:
            token = refresh_tokens.parse(refresh_token)
            if token is None:
                raise GrantRefused("invalid_grant")
            return await self._answer(_Asked(token, client_id, scope, tuple(resource), source, self.clock()))
        except StoreUnavailable as error:
            self.grace.lost()
            self._count(error.code)
            raise
        except GrantRefused as refused:
            self._count(REUSED if refused.detail == REUSED else refused.code)
            raise

    async def _answer(self, asked: _Asked) -> TokenAnswer:
        chain = await self._read(asked)
        if not self.sessions.genuine(asked.token, chain.family):
            raise GrantRefused("invalid_grant")
        await self._check_client(chain, asked)
        if wait := await self.budgets.take(Charge(self.per_family, chain.family.id.encode())):
            raise GrantRefused("throttled", retry_after=wait)
        for _ in range(_ATTEMPTS):
            try:
                return await self._act(chain, asked)
            except Stale:
                chain = await self._read(asked)
        raise StoreUnavailable("store_busy")

    async def _read(self, asked: _Asked) -> Chain:
        chain = await self.sessions.chain(asked.token.family)
        if chain is None:
            raise GrantRefused("invalid_grant")
        return chain

    async def _check_client(self, chain: Chain, asked: _Asked) -> None:
        if asked.client_id == chain.family.client_id:
            return
        known = is_known(asked.client_id)
        reason = "other_client" if known else "unknown_client"
        await self.store.write(_line("refresh_refused", chain, asked, reason=reason))
        raise GrantRefused("invalid_grant" if known else "invalid_client")

    async def _act(self, chain: Chain, asked: _Asked) -> TokenAnswer:
        """Steps 5 and 6. Raises Stale when somebody else was faster."""
        grace = await self.grace.grace(asked.now)
        match decide(chain, asked.token.generation, asked.now, grace):
            case Ended():
                raise GrantRefused("invalid_grant")
            case Reuse():
                return await self._end_grant(chain, asked)
            case Repeat(successor):
                answer = await self._tokens(chain, asked, successor)
                await self._note_elsewhere(chain, asked)
                self._count("repeated")
                return answer
            case Rotate(successor):
                answer = await self._rotate(chain, asked, successor, _line("token_refreshed", chain, asked))
                self._count("rotated")
                return answer
            case SetBack(successor):
                line = _line("refresh_state_lost", chain, asked, row=chain.family.generation)
                answer = await self._rotate(chain, asked, successor, line)
                self._count("set_back")
                return answer

    def _count(self, result: str) -> None:
        self.metrics.count("refreshes", result=result)

    async def _rotate(self, chain: Chain, asked: _Asked, successor: int, line: Call) -> TokenAnswer:
        # The tokens come first: when they cannot be made, nothing has changed.
        answer = await self._tokens(chain, asked, successor)
        swap = self.sessions.rotating(chain, successor, now=asked.now, source=asked.source)
        await self.store.write(*swap, line)
        return answer

    async def _end_grant(self, chain: Chain, asked: _Asked) -> TokenAnswer:
        end = self.sessions.ending_grant(chain.grant.id, by="reuse", now=asked.now)
        await self.store.write(*end, _line("refresh_reused", chain, asked, newest=chain.family.generation))
        raise GrantRefused("invalid_grant", detail=REUSED)

    async def _tokens(self, chain: Chain, asked: _Asked, successor: int) -> TokenAnswer:
        user = await self._user(chain, asked)
        target = await self._target(chain, asked)
        scope = refreshed_scope(asked.scope, chain.grant.scope, user.scopes, target.offered)
        token, expires_in = await self.access.issue(user, chain.live, scope=scope, target=target, now=asked.now)
        return TokenAnswer(
            access_token=token,
            expires_in=expires_in,
            refresh_token=self.sessions.token(chain.family, successor),
            scope=scope,
        )

    async def _user(self, chain: Chain, asked: _Asked) -> User:
        user = await self.users.find(chain.session.user_id)
        if user is not None and not user.disabled:
            return user
        by = "user_gone" if user is None else "user_disabled"
        end = self.sessions.ending(chain.session.id, by=by, now=asked.now, once=True)
        await self.store.write(*end, _line("session_ended", chain, asked, by=by))
        raise GrantRefused("invalid_grant")

    async def _target(self, chain: Chain, asked: _Asked) -> Target:
        wanted = asked.resource or chain.grant.audiences
        granted = {*chain.grant.audiences, *([self.clients.issuer] if chain.grant.client_id == FIRST_PARTY else [])}
        if not granted.issuperset(wanted):
            raise GrantRefused("invalid_target")
        return await self.clients.target(wanted)

    async def _note_elsewhere(self, chain: Chain, asked: _Asked) -> None:
        """A repeated answer to another place: two tabs seldom, a thief in lockstep often. Somebody should know."""
        here, before = asked.source, chain.session
        moved = address_prefix(here.address, _IPV6_BITS) != address_prefix(before.address, _IPV6_BITS)
        if moved or here.agent != before.agent:
            await self.store.write(_line("refresh_repeated_elsewhere", chain, asked))


def _line(name: str, chain: Chain, asked: _Asked, **more: str | int) -> Call:
    return event(
        name,
        at=asked.at,
        source=asked.source,
        user=chain.session.user_id,
        session=chain.session.id,
        client=chain.family.client_id,
        detail={"generation": asked.token.generation, **more},
    )
