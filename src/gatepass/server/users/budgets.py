"""Counting failures: how many are left, and when there are more. Bounded, in memory, without a clock of its own."""

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from gatepass.kernel.clock import Clock

SIZE = 20_000
_LOOKED_AT = 16


@dataclass(slots=True)
class _Window:
    used: int
    ends: float


class Budget:
    """So many tries per key, until a period after the first of them is over.

    Holds at most `size` keys, whatever a flood of addresses sends. When it is full,
    what has run out goes first, else of a few old keys the one that was used least:
    a flood of new keys does not wash out the one that is nearly used up.

    Args:
        limit: tries per period.
        period: seconds.
        clock: monotonic seconds.
        size: keys remembered at most.
    """

    def __init__(self, limit: int, period: float, *, clock: Clock, size: int = SIZE) -> None:
        self._limit = limit
        self._period = period
        self._clock = clock
        self._size = size
        self._windows: OrderedDict[bytes, _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def take(self, key: bytes) -> int:
        """Use one try. Returns 0, or the seconds until there is one again; asking in vain costs nothing."""
        now = self._clock()
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            self._windows.pop(key, None)
            self._make_room(now)
            window = self._windows[key] = _Window(0, now + self._period)
        if window.used >= self._limit:
            return max(1, ceil(window.ends - now))
        window.used += 1
        return 0

    def give_back(self, key: bytes) -> None:
        """The try was none: take it off again."""
        window = self._windows.get(key)
        if window is not None:
            window.used -= 1
            if window.used <= 0:
                del self._windows[key]

    def clear(self, key: bytes) -> None:
        """Forget all tries of `key`."""
        self._windows.pop(key, None)

    def _make_room(self, now: float) -> None:
        if len(self._windows) < self._size:
            return
        least, uses = b"", self._limit + 1
        for _ in range(min(_LOOKED_AT, len(self._windows))):
            key, window = next(iter(self._windows.items()))
            if window.ends <= now:
                del self._windows[key]
                return
            if window.used < uses:
                least, uses = key, window.used
            self._windows.move_to_end(key)
        del self._windows[least]
