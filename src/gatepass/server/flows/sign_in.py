"""Sign in: a name and a password become a browser session, or tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gatepass.kernel.clock import Clock, now
from gatepass.kernel.errors import GatepassError, Unavailable
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.clients.model import FIRST_PARTY
from gatepass.server.clients.scopes import granted_scope, parse_scope
from gatepass.server.clients.service import Clients
from gatepass.server.flows.ending import ending
from gatepass.server.flows.refusals import Refusals
from gatepass.server.flows.starting import Start, write_start
from gatepass.server.issuing.access import AccessTokens
from gatepass.server.issuing.answer import TokenAnswer
from gatepass.server.metrics import Metrics
from gatepass.server.sessions.model import Session
from gatepass.server.sessions.service import Sessions
from gatepass.server.status.drawing import Drawing
from gatepass.server.store.call import Call
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store
from gatepass.server.users.errors import SignInRefused
from gatepass.server.users.identifiers import MAX_TYPED
from gatepass.server.users.model import User
from gatepass.server.users.passwords import readable
from gatepass.server.users.recognition import Attempt, Recognised, SignInSource
from gatepass.server.users.throttle import Throttle


@dataclass(frozen=True, slots=True)
class BrowserSignIn:
    """A browser session that was started.

    Attributes:
        secret: for the session cookie.
        device: for the cookie by which this device is known at the next sign-in.
    """

    user: User
    secret: str = field(repr=False)
    device: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiSignIn:
    """Tokens that were given.

    Attributes:
        tokens: the answer to the client.
        device: for the cookie by which this device is known at the next sign-in.
    """

    user: User
    tokens: TokenAnswer
    device: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One request, and the moment it is judged by."""

    identifier: str
    password: str = field(repr=False)
    source: Source
    device: str | None = field(repr=False)
    at: float

    @property
    def now(self) -> int:
        return int(self.at)


@dataclass(frozen=True, slots=True)
class _Admitted:
    """An attempt with the right password."""

    attempt: _Attempt
    found: Recognised


@dataclass(frozen=True, slots=True)
class SignIn:
    """The use case: `await sign_in.browser(…)`, `await sign_in.api(…)`.

    Both refuse in this order, and nothing before the last step depends on the user:

    1. size of identifier and password;
    2. throttle: `throttled`;
    3. a place in the hash queue: `sign_in_busy`;
    4. look-up and hash: `invalid_credentials`, in one moment for every reason;
    5. with the right password only: `user_disabled`.

    Args:
        store: where the unit is written.
        users: who is asked; a team's own source stands behind `ForeignUsers`.
        throttle: how often one may try.
        refusals: counts those who were not let in.
        sessions: owns what is started.
        drawing: gives each grant the bit that will say that it has ended.
        clients: say whom tokens may be for.
        access: makes the access token.
        clock: seconds since the epoch.
        metrics: counts sign-ins by result.
    """

    store: Store
    users: SignInSource
    throttle: Throttle
    refusals: Refusals
    sessions: Sessions
    drawing: Drawing
    clients: Clients
    access: AccessTokens
    clock: Clock = now
    metrics: Metrics = field(default_factory=Metrics)

    async def browser(
        self,
        identifier: str,
        password: str,
        source: Source,
        *,
        device: str | None = None,
        current_secret: str | None = None,
    ) -> BrowserSignIn:
        """Start a session for a cookie, always under a new secret.

        The session that this browser had ends in the same unit, whoever it belonged to: no
        secret from before a sign-in is good after it (session fixation).

        Args:
            identifier: username or e-mail address, as typed.
            device: value of the device cookie.
            current_secret: value of the session cookie.

        Raises:
            SignInRefused: `invalid_credentials`, `throttled` or `user_disabled`.
            Unavailable: `sign_in_busy`, `users_unavailable`, or the database does not answer.
        """
        admitted = await self._admit(_Attempt(identifier, password, source, device, self.clock()))
        attempt, user = admitted.attempt, admitted.found.user
        before = await self.sessions.by_secret(current_secret or "", now=attempt.now)
        started = self.sessions.starting(user.subject, now=attempt.now, source=source)
        end = self._ending(before, admitted) if before else []
        line = _line("session_started", admitted, started.session, kind="browser")
        await self._write(admitted, started.session, [*end, *started.calls, line], before)
        return BrowserSignIn(user, started.secret, await self._remembered(admitted))

    async def api(
        self,
        identifier: str,
        password: str,
        source: Source,
        *,
        device: str | None = None,
        scope: str | None = None,
        resource: Sequence[str] = (),
    ) -> ApiSignIn:
        """Start a session with one grant of the built-in client, and give its first tokens.

        Args:
            identifier: username or e-mail address, as typed.
            device: value of the device cookie, where the client keeps cookies.
            scope: scopes asked for, space-separated; None: the default of `granted_scope`.
            resource: for whom the access token is (RFC 8707); none: the auth server itself.

        Raises:
            GrantRefused: `invalid_scope` or `invalid_target`.
            SignInRefused: `invalid_credentials`, `throttled` or `user_disabled`.
            Unavailable: `sign_in_busy`, `users_unavailable`, or the database does not answer.
        """
        parse_scope(scope)
        target = await self.clients.target(resource)
        admitted = await self._admit(_Attempt(identifier, password, source, device, self.clock()))
        user, at = admitted.found.user, admitted.attempt.now
        granted = granted_scope(scope, user.scopes, target.offered)
        started = self.sessions.starting_grant(
            user.subject,
            client_id=FIRST_PARTY,
            scope=granted,
            audiences=target.audiences,
            status=await self.drawing.draw(now=at),
            now=at,
            source=source,
        )
        token, seconds = await self.access.issue(user, started.live, scope=granted, target=target, now=at)
        line = _line("session_started", admitted, started.session, kind="api")
        await self._write(admitted, started.session, [*started.calls, line])
        answer = TokenAnswer(access_token=token, expires_in=seconds, refresh_token=started.refresh_token, scope=granted)
        return ApiSignIn(user, answer, await self._remembered(admitted))

    async def _admit(self, attempt: _Attempt) -> _Admitted:
        try:
            return await self._recognise(attempt)
        except Unavailable as error:
            self._count(error)
            raise
        except SignInRefused as refused:
            self._count(refused)
            await self.refusals.count(refused.code, at=attempt.at, source=attempt.source)
            raise

    async def _recognise(self, attempt: _Attempt) -> _Admitted:
        if len(attempt.identifier) > MAX_TYPED or readable(attempt.password) is None:
            raise SignInRefused("invalid_credentials")
        passed = await self.throttle.sign_in(attempt.identifier, attempt.source, attempt.device)
        try:
            found = await self.users.recognise(Attempt(attempt.identifier, attempt.password, passed.asker))
        except Unavailable:
            await passed.give_back()
            raise
        if found is None:
            raise SignInRefused("invalid_credentials")
        await passed.give_back()
        if found.user.disabled:
            raise SignInRefused("user_disabled")
        return _Admitted(attempt, found)

    def _ending(self, before: Session, admitted: _Admitted) -> list[Call]:
        attempt = admitted.attempt
        by = "signed_in_again" if before.user_id == admitted.found.user.subject else "other_user"
        return ending(self.sessions, before, by=by, at=attempt.at, source=attempt.source)

    async def _write(
        self, admitted: _Admitted, session: Session, calls: list[Call], leaving: Session | None = None
    ) -> None:
        """The unit: what the users' room wants first, the sessions, the audit."""
        if admitted.found.upgraded:
            calls = [*calls, _line("password_upgraded", admitted)]
        first, attempt = admitted.found.calls, admitted.attempt
        try:
            start = Start(session, first, calls, leaving, attempt.at, attempt.source)
            await write_start(self.store, self.sessions, start)
        except Stale as stale:
            if stale.call not in admitted.found.calls:
                raise
            # Password or account was changed while the hash was computed.
            refused = SignInRefused("invalid_credentials")
            self._count(refused)
            raise refused from None
        self._count(None)

    def _count(self, failure: GatepassError | None) -> None:
        self.metrics.count("sign_ins", result="ok" if failure is None else failure.code)

    async def _remembered(self, admitted: _Admitted) -> str:
        attempt = admitted.attempt
        return await self.throttle.succeeded(attempt.identifier, admitted.found.user, attempt.device)


def _line(name: str, admitted: _Admitted, session: Session | None = None, **detail: str) -> Call:
    return event(
        name,
        at=admitted.attempt.at,
        source=admitted.attempt.source,
        user=admitted.found.user.subject,
        session=session.id if session else None,
        detail=detail,
    )
