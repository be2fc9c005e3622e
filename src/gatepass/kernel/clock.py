"""The one file that reads the clock.

Everything else takes time as an argument (`now`, or a `Clock` at construction),
so a test, or a lesson, can let a day pass without waiting for it.
"""

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""Returns seconds since 1970-01-01T00:00:00Z, as `time.time` does."""

now: Clock = time.time
"""Wall clock, in seconds since the epoch. For what people and tokens call time."""

monotonic: Clock = time.monotonic
"""Seconds that never step back. For durations, queues and time-outs only."""
