"""The one file that reads the clock.

Everything else takes time as an argument (`now`, or a `Clock` at construction),
so a test, or a lesson, can let a day pass without waiting for it.
"""

import re
import time
from collections.abc import Callable

from gatepass.kernel.errors import Misuse

Clock = Callable[[], float]
"""Returns seconds since 1970-01-01T00:00:00Z, as `time.time` does."""

now: Clock = time.time
"""Wall clock, in seconds since the epoch. For what people and tokens call time."""

monotonic: Clock = time.monotonic
"""Seconds that never step back. For durations, queues and time-outs only."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([0-9]{1,9})([smhd])", re.ASCII)


def seconds(duration: str | int) -> int:
    """A duration in seconds: `90`, `"90s"`, `"5m"`, `"12h"` or `"14d"`.

    Raises:
        Misuse: anything else; a bare number in text has no unit and is refused too.
    """
    if isinstance(duration, int) and not isinstance(duration, bool) and duration >= 0:
        return duration
    found = _DURATION.fullmatch(duration) if isinstance(duration, str) else None
    if found is None:
        raise Misuse(f"{duration!r} is not a duration; write it as 30s, 5m, 12h or 14d.")
    return int(found[1]) * _UNITS[found[2]]
