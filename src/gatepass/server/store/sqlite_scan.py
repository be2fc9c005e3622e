"""Long reads: a thread and a connection beside everything else."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gatepass.server.store.call import Call
from gatepass.server.store.errors import StoreUnavailable
from gatepass.server.store.port import Row
from gatepass.server.store.sqlite_errors import unavailable
from gatepass.server.store.sqlite_file import SqliteFile

T = TypeVar("T")
CHUNK = 500  # rows that are in memory at once


class Scanner:
    """One thread that serves all scans of a store, a chunk of each in turn."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gatepass-scan")

    def close(self) -> None:
        """End the thread; a scan that is still read from raises `store_closed`. Blocks."""
        self._thread.shutdown()

    async def scan(self, call: Call) -> AsyncIterator[Row]:
        """The rows of `call`, as of the moment it began. See `Store.scan`."""
        scan = _Scan(self._file, call)
        try:
            await self._run(scan.start)
            while rows := await self._run(scan.next):
                for row in rows:
                    yield row
        except sqlite3.Error as error:
            raise unavailable(error) from None
        finally:
            self._end(scan)

    async def _run(self, step: Callable[[], T]) -> T:
        try:
            step_done = self._thread.submit(step)
        except RuntimeError:
            raise StoreUnavailable("store_closed") from None
        return await asyncio.wrap_future(step_done)

    def _end(self, scan: "_Scan") -> None:
        # The reader may have left in the middle of a step: closing waits its turn behind that.
        scan.interrupt()
        try:
            self._thread.submit(scan.close)
        except RuntimeError:
            scan.close()


class _Scan:
    """One connection and its cursor; everything but `interrupt` runs on the scanner's thread."""

    def __init__(self, file: SqliteFile, call: Call) -> None:
        self._file = file
        self._call = call
        self._connection: sqlite3.Connection | None = None

    def start(self) -> None:
        self._connection = self._file.connect(writes=False)
        self._cursor = self._connection.execute(self._call.sql.named, self._call.values)

    def next(self) -> list[Row]:
        return self._cursor.fetchmany(CHUNK)

    def interrupt(self) -> None:
        if self._connection:
            self._connection.interrupt()

    def close(self) -> None:
        if self._connection:
            self._connection.close()
