"""One fetch at a time, shared by everybody who needs what it brings."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock

from gatepass.fetch import FetchFailed
from gatepass.fetch.threads import in_thread
from gatepass.kernel.clock import monotonic
from gatepass.kernel.errors import GatepassError

LOST = 60
"""Seconds after which a fetch has gone down with its thread, as after a fork: every fetch has a deadline below."""


class Flight:
    """Runs a fetch on a thread of its own, so that any event loop, or none, can wait for it.

    It ends there even if everybody who waited has left.

    Args:
        fetch: brings something and stores it; gets the time at which it was asked for.
        failed: is told why it did not, with the same time.
    """

    def __init__(self, fetch: Callable[[float], None], failed: Callable[[GatepassError, float], None]) -> None:
        self._fetch = fetch
        self._failed = failed
        self._lock = Lock()
        self._under_way: Future[None] | None = None
        self._begun = 0.0

    def join(self, now: float) -> "Future[None]":
        """Begin the fetch, or join the one that is under way. The future never fails."""
        with self._lock:
            if self._under_way is None or self.age > LOST:
                self._begun = monotonic()
                try:
                    self._under_way = in_thread(lambda: self._run(now))
                except FetchFailed as busy:
                    return self._postponed(busy, now)
            return self._under_way

    @property
    def age(self) -> float:
        """Seconds since the last fetch began."""
        return monotonic() - self._begun

    def _run(self, now: float) -> None:
        try:
            self._fetch(now)
        except GatepassError as error:
            self._failed(error, now)
        finally:
            with self._lock:
                self._under_way = None

    def _postponed(self, busy: FetchFailed, now: float) -> "Future[None]":
        self._failed(busy, now)
        done: Future[None] = Future()
        done.set_result(None)
        return done
