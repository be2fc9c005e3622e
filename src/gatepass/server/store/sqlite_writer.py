"""Group commit: one thread writes, and one fsync serves all units that came meanwhile."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from operator import attrgetter

from gatepass.kernel.clock import monotonic
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.server.store.call import Call
from gatepass.server.store.errors import Stale, StoreUnavailable
from gatepass.server.store.port import Row, Watch
from gatepass.server.store.sqlite_errors import is_misuse, is_race, primary_code, unavailable

Rows = list[list[Row]]
QUEUE_LIMIT = 1024  # units; more would wait longer than anyone does
BATCH_LIMIT = 256  # units; bounds what one of them waits for


class _Unit:
    """Calls that happen all or none, and who waits for them."""

    __slots__ = ("began", "calls", "future", "loop", "outcome", "watch")

    def __init__(self, calls: Sequence[Call], loop: asyncio.AbstractEventLoop, watch: Watch) -> None:
        self.calls = calls
        self.watch = watch
        self.began = monotonic()
        self.loop = loop
        self.future: asyncio.Future[Rows] = loop.create_future()
        self.outcome: Rows | GatepassError = []

    def deliver(self) -> None:
        if self.future.done():  # cancelled: nobody waits any more
            return
        if isinstance(self.outcome, GatepassError):
            self.future.set_exception(self.outcome)
        else:
            self.future.set_result(self.outcome)

    def tell(self) -> None:
        failure = self.outcome if isinstance(self.outcome, GatepassError) else None
        self.watch.ended(self.calls, monotonic() - self.began, failure)


class GroupWriter:
    """The one writer of a database. It owns `connection` and its thread until `close`.

    Args:
        watch: is told of every unit, in the event loop that waits for it.
    """

    def __init__(self, connection: sqlite3.Connection, watch: Watch) -> None:
        self._connection = connection
        self._watch = watch
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._door = threading.Lock()  # nothing is queued behind the None that ends it
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="gatepass-writer", daemon=True)
        self._thread.start()

    def submit(self, calls: Sequence[Call]) -> asyncio.Future[Rows]:
        """Queue a unit; the future is done when its commit is on disk. Call it in a running loop.

        Raises:
            StoreUnavailable: closed, or too many wait already.
        """
        unit = _Unit(calls, asyncio.get_running_loop(), self._watch)
        self._watch.begun()
        try:
            self._admit(unit)
        except StoreUnavailable as refused:
            unit.outcome = refused
            unit.tell()
            raise
        return unit.future

    def _admit(self, unit: _Unit) -> None:
        with self._door:
            self.check()
            if self._queue.qsize() >= QUEUE_LIMIT:
                raise StoreUnavailable("store_busy", detail=f"{QUEUE_LIMIT} units wait to be written")
            self._queue.put(unit)

    def check(self) -> None:
        """Return if units are still taken.

        Raises:
            StoreUnavailable: closed, by `close` or by something unforeseen.
        """
        if self._closed:
            raise StoreUnavailable("store_closed")

    def close(self) -> None:
        """Write what was accepted, then end thread and connection. Blocks until then."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        batch: list[_Unit] = []
        try:
            while batch := self._next_batch():
                self._write(batch)
                _deliver(batch)
        finally:
            self._connection.close()
            self._turn_away(batch)

    def _next_batch(self) -> list[_Unit]:
        batch: list[_Unit] = []
        while len(batch) < BATCH_LIMIT:
            try:
                unit = self._queue.get(block=not batch)
            except queue.Empty:
                break
            if unit is None:
                self._queue.put(None)  # for the next look, when nothing else is left
                break
            batch.append(unit)
        return batch

    def _write(self, batch: list[_Unit]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for unit in batch:
                    self._run_all(unit)
            except (Stale, Misuse):
                # Seldom: all units once more, each behind a savepoint, which costs as much as half a unit.
                self._connection.execute("ROLLBACK")
                self._connection.execute("BEGIN IMMEDIATE")
                for unit in batch:
                    self._run_isolated(unit)
        except sqlite3.Error as error:
            self._give_up(batch, error, unavailable)
            return
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._give_up(batch, error, _uncommitted)

    def _run_all(self, unit: _Unit) -> None:
        unit.outcome = [self._run(call) for call in unit.calls]

    def _run_isolated(self, unit: _Unit) -> None:
        # The savepoint keeps a stale unit from undoing its neighbours.
        self._connection.execute("SAVEPOINT unit")
        try:
            self._run_all(unit)
        except (Stale, Misuse) as error:
            unit.outcome = error
            self._connection.execute("ROLLBACK TO unit")
        self._connection.execute("RELEASE unit")

    def _run(self, call: Call) -> list[Row]:
        try:
            rows = self._connection.execute(call.sql.named, call.values).fetchall()
        except sqlite3.Error as error:
            if is_race(error):
                raise Stale(call) from None
            if is_misuse(error):
                raise unavailable(error) from None
            raise
        if call.sql.rows is not None and len(rows) != call.sql.rows:
            raise Stale(call)
        return rows

    def _give_up(
        self, batch: list[_Unit], error: sqlite3.Error, meaning: Callable[[sqlite3.Error], GatepassError]
    ) -> None:
        # After some errors SQLite has rolled back already.
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
        for unit in batch:
            unit.outcome = meaning(error)

    def _turn_away(self, batch: list[_Unit]) -> None:
        """Let nobody wait for ever, also when the thread ends by something unforeseen."""
        with self._door:
            self._closed = True
        while not self._queue.empty():
            if unit := self._queue.get():
                batch.append(unit)
        for unit in batch:
            unit.outcome = StoreUnavailable("store_failed")
        _deliver(batch)


def _uncommitted(error: sqlite3.Error) -> GatepassError:
    # A full disk stops before the commit mark is written; after another error it may be there.
    if primary_code(error) == sqlite3.SQLITE_FULL:
        return unavailable(error)
    return StoreUnavailable("outcome_unknown", detail=str(error))


def _deliver(batch: list[_Unit]) -> None:
    for loop, units in groupby(batch, attrgetter("loop")):
        waiting = list(units)
        try:
            loop.call_soon_threadsafe(_deliver_all, waiting)
        except RuntimeError:  # the loop is closed: nobody waits any more
            for unit in waiting:
                unit.tell()


def _deliver_all(units: list[_Unit]) -> None:
    for unit in units:
        unit.deliver()
        unit.tell()
