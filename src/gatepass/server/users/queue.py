"""The threads that hash passwords, and the queue before them.

A hash keeps a core busy for 20 ms and more, by design. So hashing has its own few
threads at low priority: a flood of sign-ins then slows down sign-ins, not the rest of
the server. Who may wait and whose turn it is, `lanes` decides.
"""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from gatepass.kernel.clock import Clock, monotonic
from gatepass.server.metrics import Metrics
from gatepass.server.users.errors import UsersUnavailable
from gatepass.server.users.lanes import MAX_WAIT, Asker, Line, Place

T = TypeVar("T")

NICENESS = 10
OPERATOR = Asker()
"""Work that no stranger asked for."""


class Turn:
    """A hashing thread that is yours until the end of the `async with` block.

    Attributes:
        admitted: monotonic time at which it became yours.
    """

    def __init__(self, threads: ThreadPoolExecutor, clock: Clock) -> None:
        self.admitted = clock()
        self.took: float | None = None
        self.job: Future[object] | None = None
        self._threads = threads
        self._clock = clock

    async def run(self, work: Callable[[], T]) -> T:
        """Do `work` on the thread and return, or raise, what it does. One call after the other."""

        def timed() -> T:
            began = self._clock()
            try:
                return work()
            finally:
                self.took = (self.took or 0.0) + self._clock() - began

        try:
            job = self._threads.submit(timed)
        except RuntimeError:  # the pool was shut down
            raise UsersUnavailable("sign_in_busy", detail="the hash queue is closed") from None
        self.job = job  # type: ignore[assignment]  # only its end matters
        return await asyncio.wrap_future(job)


class HashQueue:
    """Runs CPU-heavy work for sign-in, registration and import.

    Belongs to the event loop it is used in. `close` ends it.

    Args:
        threads: how many at once; default the cores, at most two.
        max_wait: seconds of measured work that one may wait behind.
        clock: monotonic seconds.
        metrics: told who waits, how long, and who is turned away.
    """

    def __init__(
        self,
        *,
        threads: int | None = None,
        max_wait: float = MAX_WAIT,
        clock: Clock = monotonic,
        metrics: Metrics | None = None,
    ) -> None:
        slots = threads or min(2, _cores())
        self._line = Line(slots, max_wait)
        self._threads = ThreadPoolExecutor(slots, "gatepass-hash", initializer=_be_nice)
        self._waiting: dict[Place, asyncio.Future[None]] = {}
        self._clock = clock
        self._closed = False
        self._metrics = metrics or Metrics()
        self._metrics.when_read(lambda: self._metrics.gauge("hash_queue", len(self._waiting)))

    @asynccontextmanager
    async def turn(self, asker: Asker = OPERATOR) -> AsyncIterator[Turn]:
        """Wait for a thread, and hold it during the block.

        Whoever is cancelled while waiting leaves the queue at once; who is cancelled
        while working frees the thread when the work is done, which nothing can stop.

        Raises:
            UsersUnavailable: sign_in_busy, at once: the queue is full, this prefix or
                user already waits twice, or the queue is closed.
        """
        if self._closed:
            raise UsersUnavailable("sign_in_busy", detail="the hash queue is closed")
        came = self._clock()
        try:
            place = self._line.join(asker)
        except UsersUnavailable:
            self._metrics.count("hash_refused")
            raise
        await self._wait_for(place)
        turn = Turn(self._threads, self._clock)
        self._metrics.observe("hash_wait", turn.admitted - came)
        try:
            yield turn
        finally:
            self._release(place, turn)

    async def run(self, work: Callable[[], T], asker: Asker = OPERATOR) -> T:
        """`turn` and `Turn.run` in one, for work that needs nothing between the two."""
        async with self.turn(asker) as turn:
            return await turn.run(work)

    async def close(self) -> None:
        """Turn away who waits, finish what runs, end the threads. Closing twice does nothing."""
        self._closed = True
        for granted in self._waiting.values():
            if not granted.done():
                granted.set_exception(UsersUnavailable("sign_in_busy", detail="the hash queue is closed"))
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    async def _wait_for(self, place: Place) -> None:
        granted = self._waiting[place] = asyncio.get_running_loop().create_future()
        self._grant()
        try:
            await granted
        except BaseException:
            self._leave(place)
            raise
        finally:
            self._waiting.pop(place, None)

    def _grant(self) -> None:
        while (place := self._line.next()) is not None:
            granted = self._waiting[place]
            if not granted.done():
                granted.set_result(None)

    def _leave(self, place: Place, took: float | None = None) -> None:
        self._line.leave(place, took)
        if not self._closed:
            self._grant()

    def _release(self, place: Place, turn: Turn) -> None:
        if turn.job is None or turn.job.done():
            self._leave(place, turn.took)
            return
        loop = asyncio.get_running_loop()

        def later(_: object) -> None:
            with suppress(RuntimeError):  # the loop has ended before the thread
                loop.call_soon_threadsafe(lambda: self._leave(place, turn.took))

        turn.job.add_done_callback(later)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _be_nice() -> None:
    # On Linux a nice value belongs to a thread. Elsewhere it would slow down the whole process.
    if sys.platform == "linux":
        me = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, me, min(19, os.getpriority(os.PRIO_PROCESS, me) + NICENESS))
