"""Several processes on one socket: started, watched, replaced when one dies, stopped together.

No worker outlives the process that watches it, not even when that one is killed: a
server that nobody can stop would hold the port, with the code and the keys of yesterday.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import BinaryIO, NoReturn

from gatepass.kernel.clock import Clock, monotonic
from gatepass.kernel.errors import GatepassError
from gatepass.server.listener.errors import StartUpFailed

Work = Callable[[Callable[[], None]], None]
"""What a worker does until SIGTERM; it calls its argument when it is ready."""

logger = logging.getLogger("gatepass.listener")

SIGNALS = (signal.SIGTERM, signal.SIGINT)
READY = b"ready\n"
SHORTEST_LIFE = 5.0
"""A worker that dies sooner (seconds) is not replaced: the next would die as well."""


def supervise(count: int, work: Work, ready: Callable[[], None], *, clock: Clock = monotonic) -> None:
    """Run `count` forked workers until SIGTERM or SIGINT reaches this process, then stop them all.

    Raises:
        StartUpFailed: a worker did not become ready, or died soon after; the others are stopped first.
    """
    Supervisor(work, clock).run(count, ready)


class Supervisor:
    """The parent of the workers."""

    def __init__(self, work: Work, clock: Clock) -> None:
        self._work = work
        self._clock = clock
        self._born: dict[int, float] = {}
        self._stopping = False
        self._life: tuple[int, int] = (-1, -1)

    def run(self, count: int, ready: Callable[[], None]) -> None:
        """Start, tell, watch; stop in any case."""
        before = {number: signal.signal(number, self._signalled) for number in SIGNALS}
        # Nothing is ever written into it. Only this process keeps the other end, so its end is ours.
        self._life = os.pipe()
        try:
            while len(self._born) < count and not self._stopping:
                self._start()
            if not self._stopping:
                ready()
            self._watch()
        finally:
            self._stop()
            for end in self._life:
                os.close(end)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self) -> None:
        """Fork one worker and wait for its word."""
        reading, writing = os.pipe()
        # A signal between the fork and the next lines would be told to the others only, or taken by our handler there.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        process = os.fork()
        if process == 0:
            os.close(reading)
            self._be_worker(writing)
        self._born[process] = self._clock()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os.close(writing)
        with os.fdopen(reading, "rb") as words:
            said = words.read()
        if said != READY and not self._stopping:
            raise StartUpFailed("start_up_failed", message=said.decode() or None)

    def _be_worker(self, writing: int) -> NoReturn:
        code = 1
        try:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self._end_with_parent()
            with os.fdopen(writing, "wb") as words:
                code = self._work_or_say_why(words)
        finally:
            # Never back into the parent's code, which is on the stack above us.
            os._exit(code)

    def _end_with_parent(self) -> None:
        reading, writing = self._life
        os.close(writing)

        def wait() -> None:
            os.read(reading, 1)
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=wait, name="gatepass-parent", daemon=True).start()

    def _work_or_say_why(self, words: BinaryIO) -> int:
        def ready() -> None:
            words.write(READY)
            words.close()

        try:
            self._work(ready)
        except GatepassError as error:
            logger.error("a worker ended: %s %s", error, error.detail)
            if not words.closed:
                words.write(error.message.encode())
        except Exception:
            logger.exception("a worker ended")
        else:
            return 0
        return 1

    def _signalled(self, number: int, frame: object) -> None:
        self._stopping = True
        self._tell(signal.SIGTERM)

    def _watch(self) -> None:
        while self._born:
            process, _ = os.waitpid(-1, 0)
            born = self._born.pop(process, None)
            if born is None or self._stopping:
                continue
            if self._clock() - born < SHORTEST_LIFE:
                raise StartUpFailed("start_up_failed", message="A worker ended right after its start.")
            self._start()

    def _stop(self) -> None:
        self._stopping = True
        self._tell(signal.SIGTERM)
        for process in tuple(self._born):
            os.waitpid(process, 0)
            del self._born[process]

    def _tell(self, number: int) -> None:
        for process in self._born:
            os.kill(process, number)
