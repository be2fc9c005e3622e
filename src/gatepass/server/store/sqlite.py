"""SQLite as a `Store`: reads inline, writes in groups, long reads on a thread of their own."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from gatepass.kernel.clock import Clock, now
from gatepass.kernel.errors import Misuse
from gatepass.server.store import migrations
from gatepass.server.store.call import Call
from gatepass.server.store.errors import StoreUnavailable
from gatepass.server.store.port import READS_ONLY, Row, Unwatched, Version, Watch
from gatepass.server.store.sqlite_errors import refusal, unavailable
from gatepass.server.store.sqlite_file import OLDEST_SQLITE, SqliteFile, is_whole
from gatepass.server.store.sqlite_scan import Scanner
from gatepass.server.store.sqlite_writer import GroupWriter


@dataclass(slots=True)
class _Opened:
    reader: sqlite3.Connection
    writer: sqlite3.Connection
    inode: int


class SqliteStore:
    """The database in one file of this machine, used by one server process and the CLI.

    A read costs 10 µs on the thread of the event loop, less than handing it to another
    one would; so it is one short statement, fetched whole: an unfinished cursor would
    hold its snapshot and freeze what later reads see.

    Args:
        path: the file; it and its folder are made for their owner only.
        schema: the migrations; default those of Gatepass.
        clock: tells when a migration was applied.
        max_pages: the largest size in pages; None: as large as the disk allows.
        watch: is told of every unit.

    Raises:
        Misuse: this Python's SQLite is too old.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        schema: Sequence[migrations.Migration] | None = None,
        clock: Clock = now,
        max_pages: int | None = None,
        watch: Watch | None = None,
    ) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise Misuse(f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or newer is needed.")
        self._file = SqliteFile(path, max_pages)
        self._schema = migrations.load() if schema is None else schema
        self._clock = clock
        self._watch = watch or Unwatched()
        self._opening = asyncio.Lock()
        self._reader: sqlite3.Connection | None = None
        self._writer: GroupWriter | None = None
        self._scanner: Scanner | None = None
        self._inode = 0

    def __repr__(self) -> str:
        return f"SqliteStore({str(self._file.path)!r})"

    async def open(self) -> None:
        """Make the file if it is not there, migrate it, connect. See `Store.open`."""
        async with self._opening:
            if self._reader is None:
                opened = await asyncio.to_thread(self._open)
                self._writer = GroupWriter(opened.writer, self._watch)
                self._scanner = Scanner(self._file)
                self._reader, self._inode = opened.reader, opened.inode

    async def close(self) -> None:
        """Write what was accepted, then let go of the file."""
        async with self._opening:
            reader, writer, scanner = self._reader, self._writer, self._scanner
            self._reader = self._writer = self._scanner = None
            if reader and writer and scanner:
                reader.close()
                await asyncio.to_thread(writer.close)
                await asyncio.to_thread(scanner.close)

    async def read(self, call: Call) -> list[Row]:
        """All rows of a short reading statement. See `Store.read`."""
        if self._reader is None:
            raise StoreUnavailable("store_closed")
        if call.sql.changes:
            raise Misuse(READS_ONLY)
        try:
            return self._reader.execute(call.sql.named, call.values).fetchall()
        except sqlite3.Error as error:
            raise unavailable(error) from None

    def scan(self, call: Call) -> AsyncIterator[Row]:
        """The rows of a long reading statement, a few hundred in memory. See `Store.scan`."""
        if self._scanner is None:
            raise StoreUnavailable("store_closed")
        if call.sql.changes:
            raise Misuse(READS_ONLY)
        return self._scanner.scan(call)

    async def write(self, *calls: Call) -> list[list[Row]]:
        """Run `calls` as one atomic unit. See `Store.write`."""
        if self._writer is None:
            raise StoreUnavailable("store_closed")
        return await self._writer.submit(calls) if calls else []

    async def health(self) -> None:
        """Return if the file answers, can be written and is still the one in its place. See `Store.health`."""
        await self.read(migrations.NEWEST())
        if self._writer is not None:
            self._writer.check()
        if self._file.inode() != self._inode:
            raise StoreUnavailable("store_failed", detail=f"{self._file.path} was removed or replaced")

    async def version(self) -> Version:
        """Engine and schema. See `Store.version`."""
        [[schema]] = await self.read(migrations.NEWEST())
        return Version("SQLite", sqlite3.sqlite_version, schema)

    async def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy the database, while it is used, to a new file `path` of mode 0600, and look at the copy.

        See `Store.backup`; a copy that is damaged is removed (`store_damaged`).
        """
        await asyncio.to_thread(self._backup, Path(path))

    def _open(self) -> _Opened:
        self._file.create()
        with self._file.locked(), ExitStack() as undo:
            try:
                writer = undo.enter_context(closing(self._file.connect(writes=True)))
                self._file.check(writer)
                while self._migrate_one(writer):
                    pass
                reader = undo.enter_context(closing(self._file.connect(writes=False)))
                reader.execute(migrations.APPLIED.named).fetchall()  # joins the log, which may have to wait
                reader.execute("PRAGMA busy_timeout=0")  # the event loop waits for nobody
            except sqlite3.Error as error:
                raise refusal(error, self._file.path) from None
            undo.pop_all()
            return _Opened(reader, writer, self._file.inode())

    def _migrate_one(self, connection: sqlite3.Connection) -> bool:
        # After an error the connection is closed, which undoes what was begun.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(migrations.for_strict_sqlite(migrations.TABLE))
        rest = migrations.pending(self._schema, connection.execute(migrations.APPLIED.named).fetchall())
        for migration in rest[:1]:
            for statement in migration.statements:
                connection.execute(migrations.for_strict_sqlite(statement))
            record = migration.record(int(self._clock()))
            connection.execute(record.sql.named, record.values).fetchall()
        connection.execute("COMMIT")
        return len(rest) > 1

    def _backup(self, path: Path) -> None:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise Misuse(f"The backup {path} cannot be made: {error.strerror}.") from None
        with ExitStack() as undo:
            undo.callback(path.unlink)
            try:
                with closing(self._file.connect(writes=False)) as source, closing(sqlite3.connect(path)) as target:
                    source.backup(target)
                    # Nobody looks at a backup before it is needed, so it is looked at now.
                    if not is_whole(target):
                        raise StoreUnavailable("store_damaged", detail=f"{self._file.path}, found in its copy")
            except sqlite3.Error as error:
                raise unavailable(error) from None
            undo.pop_all()
