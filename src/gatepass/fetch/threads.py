"""Blocking work on threads of its own.

A pool would outlive a fork without its threads and make the interpreter wait for a
hung resolver at exit; daemon threads do neither, and fetches are rare enough to start
one each.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from gatepass.fetch.errors import FetchFailed

T = TypeVar("T")

MAX_THREADS = 32
_NAME = "gatepass-fetch"


def in_thread(work: Callable[[], T]) -> "Future[T]":
    """The future result of `work`, which runs in a new thread.

    Raises:
        FetchFailed: `fetch_busy`, too many are running.
    """
    if sum(thread.name == _NAME for thread in threading.enumerate()) >= MAX_THREADS:
        raise FetchFailed("fetch_busy", detail=f"{MAX_THREADS} threads are waiting")
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()  # from here on nobody can cancel it under the thread's hands

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the result is asked for
            future.set_exception(error)

    try:
        threading.Thread(target=run, name=_NAME, daemon=True).start()
    except RuntimeError:
        raise FetchFailed("fetch_busy", detail="the system starts no more threads") from None
    return future
