"""PostgreSQL as a `Store`, through asyncpg."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]

from gatepass.kernel.clock import Clock, monotonic, now
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.server.store import migrations
from gatepass.server.store.call import Call, Sql, Value
from gatepass.server.store.errors import Stale, StoreUnavailable
from gatepass.server.store.port import READS_ONLY, Row, Unwatched, Version, Watch
from gatepass.server.store.postgres_errors import DRIVER_ERRORS, is_deadlock, is_lost, is_race, refusal, unavailable
from gatepass.server.store.postgres_hosts import Hosts

POOL_SIZE = 10
TRIES = 3
CONNECT_TIMEOUT = 5.0  # seconds; also for a free connection of the pool
MIGRATION_TIMEOUT = 120.0
CLOSE_TIMEOUT = 10.0
OTHER_LOOP = (
    "PostgreSQL was opened in another event loop: give the application lifespan=auth.lifespan, "
    "and in tests write `with TestClient(app) as client`."
)
_SCAN_CHUNK = 500  # rows that are in memory at once
_LOCK = int.from_bytes(b"gatepass")  # any number that every Gatepass agrees on
_RELEASE = Sql("SELECT current_setting('server_version')")
T = TypeVar("T")


class PostgresStore:
    """A PostgreSQL database, shared by any number of server processes.

    It belongs to the event loop in which it was opened. A pool that lost its server
    connects again by itself. Nothing is ever set on a connection, so nothing is reset
    when it goes back to the pool: that costs a round trip per statement.

    Args:
        url: as asyncpg reads it, also with several hosts (see `Hosts`).
        schema: the migrations; default those of Gatepass.
        clock: tells when a migration was applied.
        timeout: seconds for one statement; asyncpg by itself waits for ever.
        watch: is told of every unit.
    """

    def __init__(
        self,
        url: str,
        *,
        schema: Sequence[migrations.Migration] | None = None,
        clock: Clock = now,
        timeout: float = 10.0,
        watch: Watch | None = None,
    ) -> None:
        self._url = url
        self._hosts = Hosts(url, CONNECT_TIMEOUT)
        self._schema = migrations.load() if schema is None else schema
        self._clock = clock
        self._timeout = timeout
        self._watch = watch or Unwatched()
        self._opening = asyncio.Lock()
        self._pool: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return "PostgresStore(…)"  # there may be a password in the URL

    async def open(self) -> None:
        """Migrate the database and make the pool. See `Store.open`."""
        async with self._opening:
            if self._pool is None:
                self._loop = asyncio.get_running_loop()
                await self._prepare()
                self._pool = await asyncpg.create_pool(
                    self._url,
                    connect=self._hosts.connect,
                    min_size=0,
                    max_size=POOL_SIZE,
                    timeout=CONNECT_TIMEOUT,
                    command_timeout=self._timeout,
                    reset=_no_reset,
                )

    async def close(self) -> None:
        """Wait for what is under way, then disconnect."""
        async with self._opening:
            pool, self._pool = self._pool, None
            if pool is not None:
                try:
                    await asyncio.wait_for(pool.close(), CLOSE_TIMEOUT)
                except DRIVER_ERRORS:
                    pool.terminate()

    async def read(self, call: Call) -> list[Row]:
        """All rows of a short reading statement. See `Store.read`."""
        if call.sql.changes:
            raise Misuse(READS_ONLY)
        return await self._repeated(lambda: self._read(call))

    async def scan(self, call: Call) -> AsyncIterator[Row]:
        """The rows of a long reading statement, over a connection of its own. See `Store.scan`."""
        if call.sql.changes:
            raise Misuse(READS_ONLY)
        if self._pool is None:
            raise StoreUnavailable("store_closed")
        connection = None
        try:
            connection = await self._connect(self._timeout)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                async for row in connection.cursor(call.sql.numbered, *_arguments(call), prefetch=_SCAN_CHUNK):
                    yield tuple(row)
        except DRIVER_ERRORS as error:
            raise unavailable(error) from None
        finally:
            if connection is not None:
                with suppress(*DRIVER_ERRORS):
                    await connection.close(timeout=CONNECT_TIMEOUT)

    async def write(self, *calls: Call) -> list[list[Row]]:
        """Run `calls` as one atomic unit, again when a deadlock undid it. See `Store.write`."""
        if not calls:
            return []
        began = monotonic()
        # What is neither a success nor an error of ours is a cancelled awaiter: the server may have heard all of it.
        failure: GatepassError | None = StoreUnavailable("outcome_unknown", detail="nobody waited for it any more")
        self._watch.begun()
        try:
            rows = await self._repeated(lambda: self._write(calls))
            failure = None
        except GatepassError as error:
            failure = error
            raise
        finally:
            self._watch.ended(calls, monotonic() - began, failure)
        return rows

    async def health(self) -> None:
        """Return if the server answers. See `Store.health`."""
        await self.read(migrations.NEWEST())

    async def version(self) -> Version:
        """Engine and schema. See `Store.version`."""
        [[schema]] = await self.read(migrations.NEWEST())
        [[release]] = await self.read(_RELEASE())
        return Version("PostgreSQL", release, schema)

    async def backup(self, path: str | os.PathLike[str]) -> None:
        """Refused: PostgreSQL has better tools for it. See `Store.backup`."""
        raise Misuse(
            "Back up PostgreSQL with its own tools: pg_dump for a copy, continuous archiving for every moment."
        )

    async def _repeated(self, work: Callable[[], Awaitable[T]]) -> T:
        for _ in range(TRIES - 1):
            with suppress(_Undone):
                return await work()
        try:
            return await work()
        except _Undone as undone:
            raise undone.meaning from None

    async def _read(self, call: Call) -> list[Row]:
        try:
            async with self._connection() as connection:
                return await _fetch(connection, call)
        except DRIVER_ERRORS as error:
            raise _failure(error) from None

    async def _write(self, calls: Sequence[Call]) -> list[list[Row]]:
        committing = False
        try:
            # The level is said: an operator may have set another default.
            async with self._connection() as connection, connection.transaction(isolation="read_committed"):
                outcome = [await _run(connection, call) for call in calls]
                committing = True
        except DRIVER_ERRORS as error:
            if committing and not is_deadlock(error):
                raise StoreUnavailable("outcome_unknown", detail=type(error).__name__) from None
            raise _failure(error) from None
        return outcome

    def _connection(self) -> Any:
        if self._pool is None:
            raise StoreUnavailable("store_closed")
        if asyncio.get_running_loop() is not self._loop:
            raise Misuse(OTHER_LOOP)
        return self._pool.acquire(timeout=CONNECT_TIMEOUT)

    async def _connect(self, command_timeout: float) -> Any:
        return await self._hosts.connect(command_timeout=command_timeout)

    async def _prepare(self) -> None:
        try:
            connection = await self._connect(MIGRATION_TIMEOUT)
            try:
                if await connection.fetchval("SHOW server_encoding") != "UTF8":
                    raise Misuse("The PostgreSQL database is not encoded in UTF8; make one that is.")
                while await self._migrate_one(connection):
                    pass
            finally:
                await connection.close(timeout=CONNECT_TIMEOUT)
        except DRIVER_ERRORS as error:
            raise refusal(error) from None
        except ValueError:
            raise Misuse("The PostgreSQL URL is not valid.") from None

    async def _migrate_one(self, connection: Any) -> bool:
        async with connection.transaction(isolation="read_committed"):
            # Several processes start at once; the lock ends with the transaction.
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            # The role of a running server may be one that makes no tables, so it only looks first.
            if await connection.fetchval("SELECT to_regclass('gatepass_migrations')") is None:
                await connection.execute(migrations.TABLE)
            rest = migrations.pending(self._schema, await _fetch(connection, migrations.APPLIED()))
            for migration in rest[:1]:
                for statement in migration.statements:
                    await connection.execute(statement)
                await _fetch(connection, migration.record(int(self._clock())))
        return len(rest) > 1


class _Undone(Exception):
    """Nothing has happened, and the same once more may succeed; else `meaning` is the answer."""

    def __init__(self, meaning: GatepassError) -> None:
        self.meaning = meaning


def _failure(error: Exception) -> Exception:
    meaning = unavailable(error)
    return _Undone(meaning) if is_deadlock(error) or is_lost(error) else meaning


async def _run(connection: Any, call: Call) -> list[Row]:
    try:
        rows = await _fetch(connection, call)
    except DRIVER_ERRORS as error:
        if is_race(error):
            raise Stale(call) from None
        raise
    if call.sql.rows is not None and len(rows) != call.sql.rows:
        raise Stale(call)
    return rows


async def _fetch(connection: Any, call: Call) -> list[Row]:
    return [tuple(row) for row in await connection.fetch(call.sql.numbered, *_arguments(call))]


def _arguments(call: Call) -> list[Value]:
    return [call.values[name] for name in call.sql.order]


async def _no_reset(connection: Any) -> None:
    """Nothing to reset."""
