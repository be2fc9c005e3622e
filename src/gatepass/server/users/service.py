"""Our own users: found, and recognised by their password. What changes them is in `changes`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial

from gatepass.kernel.clock import Clock, monotonic, now
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.master import MasterSecret
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store
from gatepass.server.users import hashing, queries
from gatepass.server.users.changes import UserChanges
from gatepass.server.users.errors import HashRefused, UserConflict
from gatepass.server.users.hashing import Hashed
from gatepass.server.users.identifiers import Identifier, typed
from gatepass.server.users.lanes import Asker
from gatepass.server.users.model import User
from gatepass.server.users.pace import Pace
from gatepass.server.users.passwords import PasswordPolicy, readable
from gatepass.server.users.queries import Account
from gatepass.server.users.queue import OPERATOR, HashQueue, Turn
from gatepass.server.users.recognition import Attempt, Recognised

_TRIES = 3


class Users:
    """The users in our own tables.

    Args:
        store: where they are kept.
        master: keys the hashes of reserved names.
        queue: where passwords are hashed.
        policy: what a new password must be.
        default_scopes: what every user holds.
        clock: seconds since the epoch.
        ticks: monotonic seconds, for the moment a refusal leaves.
        wait: how that moment is waited for.
        verify: what the threads do; takes as long as the hash is dear.

    Attributes:
        changes: the statements that change users.
        default_scopes: as given.
    """

    def __init__(
        self,
        store: Store,
        master: MasterSecret,
        queue: HashQueue,
        *,
        policy: PasswordPolicy | None = None,
        default_scopes: Iterable[str] = ("profile", "email"),
        clock: Clock = now,
        ticks: Clock = monotonic,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
        verify: Callable[[str, Hashed], bool] = hashing.verify,
    ) -> None:
        self._store = store
        self.changes = UserChanges(store, master)
        self._queue = queue
        self._policy = policy or PasswordPolicy()
        self.default_scopes = tuple(default_scopes)
        self._clock = clock
        self._ticks = ticks
        self._wait = wait
        self._verify = verify
        self._pace = Pace()

    async def calibrate(self) -> None:
        """Measure every password scheme present: the slowest one is what a refusal takes.

        At start, and now and then: an import may have brought new ones, and a machine that was
        busy when it was measured may have been taken for slow.
        """
        present = {row[0] for row in await self._store.read(queries.SCHEMES())} | {hashing.CURRENT}
        for scheme in sorted(present):
            async with self._queue.turn() as turn:
                await self._measure(turn, scheme)

    async def _measure(self, turn: Turn, scheme: str) -> None:
        dummy = hashing.dummy(scheme)
        took = min([(await turn.run(partial(self._timed, "x" * 24, dummy)))[1] for _ in range(_TRIES)])
        # Only now: who is cancelled on the way leaves the measuring to the next.
        self._pace.learn(scheme, took)

    def _timed(self, password: str, hashed: Hashed) -> tuple[bool, float]:
        began = self._ticks()
        right = self._verify(password, hashed)
        return right, self._ticks() - began

    # Sign-in

    async def authenticate(self, identifier: str, password: str) -> User | None:
        """See `UserSource.authenticate`. For the sign-in flow, which knows who asks, there is `recognise`."""
        found = await self.recognise(Attempt(identifier, password, OPERATOR))
        if found is not None and found.upgraded:
            at, nobody = self._clock(), Source(None, None)
            line = event("password_upgraded", at=at, source=nobody, user=found.user.subject)
            try:
                await self._store.write(*found.calls, line)
            except Stale:
                return None
        return found.user if found is not None else None

    async def recognise(self, attempt: Attempt) -> Recognised | None:
        """The user whose identifier and password these are.

        1. Queue admission, before any look-up: neither depends on the user.
        2. Look-up; for nobody a dummy hash is verified, at the same cost.
        3. A refusal leaves at admission to a thread + P, P being the slowest scheme
           present: neither a missing user nor an old hash can be told by the clock.
           How long that is on a busy machine, `pace` says.

        Raises:
            UsersUnavailable: sign_in_busy.
            StoreUnavailable: the database does not answer.
        """
        password = readable(attempt.password)
        if password is None:
            return None
        async with self._queue.turn(attempt.asker) as turn:
            account = await self._look_up(typed(attempt.identifier))
            found = await self._verified(turn, account, password)
        if found is None:
            now = self._ticks()
            await self._wait(self._pace.left(now - turn.admitted, now))
        return found

    async def _look_up(self, identifier: Identifier | None) -> Account | None:
        if identifier is None:
            return None
        query = queries.BY_EMAIL if identifier.kind == "email" else queries.BY_USERNAME
        return queries.account(await self._store.read(query(key=identifier.key)), self.default_scopes)

    async def _verified(self, turn: Turn, account: Account | None, password: str) -> Recognised | None:
        hashed = _parsed(account)
        scheme = hashed.scheme if hashed else hashing.CURRENT
        if not self._pace.knows(scheme):
            await self._measure(turn, scheme)
        right, took = await turn.run(partial(self._timed, password, hashed or hashing.dummy()))
        self._pace.saw(scheme, took, self._ticks())
        if account is None or hashed is None or not right:
            return None
        if account.user.disabled:
            return Recognised(account.user)
        upgraded = hashing.needs_upgrade(hashed)
        kept = await turn.run(partial(hashing.hash_password, password)) if upgraded else hashed
        call = queries.SIGNED_IN(
            subject=account.user.subject, old=hashed.text, new=kept.text, scheme=kept.scheme, now=int(self._clock())
        )
        return Recognised(account.user, [call], upgraded)

    # Reading

    async def find(self, subject: str) -> User | None:
        """See `UserSource.find`."""
        account = await self.account(subject)
        return account.user if account else None

    async def named(self, identifier: Identifier | None) -> User | None:
        """The user with this username or e-mail address, or None."""
        account = await self._look_up(identifier)
        return account.user if account else None

    async def everybody(self) -> AsyncIterator[User]:
        """All users, oldest first, as of the moment it began."""
        grouped = queries.Grouped(self.default_scopes)
        async for row in self._store.scan(queries.EVERYBODY()):
            for user in grouped.add(row):
                yield user
        for user in grouped.rest():
            yield user

    async def account(self, subject: str) -> Account | None:
        """The user with the password's hash. For the flows that change a password."""
        if not (subject.isascii() and subject.isprintable()):
            return None
        return queries.account(await self._store.read(queries.BY_SUBJECT(subject=subject)), self.default_scopes)

    async def required(self, subject: str) -> Account:
        """Like `account`.

        Raises:
            UserConflict: user_not_found.
        """
        account = await self.account(subject)
        if account is None:
            raise UserConflict("user_not_found")
        return account

    # Passwords

    async def hash_new(self, password: str, words: Iterable[str | None], asker: Asker = OPERATOR) -> Hashed:
        """Judge and hash a new password, in one turn of the queue.

        Raises:
            PasswordRefused, UsersUnavailable.
        """
        context = list(words)
        return await self._queue.run(lambda: hashing.hash_password(self._policy.check(password, context)), asker)

    async def is_password_of(self, account: Account, password: str, asker: Asker) -> bool:
        """Whether this is the password of a user who is signed in already.

        Raises:
            UsersUnavailable: sign_in_busy.
        """
        text = readable(password)
        if text is None:
            return False
        return await self._queue.run(partial(self._verify, text, _parsed(account) or hashing.dummy()), asker)


def _parsed(account: Account | None) -> Hashed | None:
    try:
        return hashing.parse(account.hash) if account else None
    except HashRefused:
        # Somebody edited the row by hand: nobody's password, and not worth a crash.
        return None
