"""The counts of one budget in memory. Bounded, without a clock of its own."""

from collections import OrderedDict
from dataclasses import dataclass
from math import inf

from gatepass.kernel.clock import Clock
from gatepass.server.budgets.model import Charge, Counted, Limit, Told

SIZE = 20_000
_LOOKED_AT = 16


@dataclass(slots=True)
class _Window:
    used: int
    ends: float
    owed: int = 0
    mark: int = 0


class Table:
    """The windows of all keys of one budget.

    Holds at most `size` keys, whatever a flood of addresses sends. When it is full,
    what has run out goes first, else of a few old keys the one that was used least:
    a flood of new keys does not wash out the one that is nearly used up.

    Args:
        limit: what is counted.
        clock: monotonic seconds.
        size: keys remembered at most.
    """

    def __init__(self, limit: Limit, clock: Clock, size: int = SIZE) -> None:
        self._limit = limit
        self._clock = clock
        self._size = size
        self._windows: OrderedDict[bytes, _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def wait(self, key: bytes) -> float:
        """0, or the seconds until there is a try again. Asking costs nothing."""
        window = self._living(key)
        return 0 if window is None or window.used < self._limit.tries else window.ends - self._clock()

    def add(self, key: bytes, tries: int) -> None:
        """Count tries that the cache does not know of, or with a negative number take them off again."""
        window = self._living(key) or self._opened(key, self._limit.period)
        window.used = max(0, window.used + tries)
        window.owed += tries
        if not window.used and not window.owed:
            del self._windows[key]

    def clear(self, key: bytes) -> None:
        """Take all tries off."""
        if (window := self._living(key)) is not None:
            self.add(key, -window.used)

    def tell(self, key: bytes) -> Told:
        """What is known about `key`, for the cache. What is owed counts as told: `owe` it when that fails."""
        charge, window = Charge(self._limit, key), self._living(key)
        if window is None:
            return Told(charge, 0, self._limit.period, 0, 0)
        told = Told(charge, window.used, window.ends - self._clock(), window.owed, window.mark)
        window.owed = 0
        return told

    def owe(self, told: Told) -> None:
        """The cache was not told after all."""
        if told.owed:
            window = self._living(told.charge.key) or self._opened(told.charge.key, told.left)
            window.owed += told.owed

    def learn(self, key: bytes, counted: Counted, mark: int) -> None:
        """What the cache says, under its memory mark. It knows of the tries at other nodes, too."""
        window = self._living(key) or self._opened(key, counted.left)
        window.used, window.ends, window.mark = counted.used, self._clock() + counted.left, mark
        if not window.used and not window.owed:
            del self._windows[key]

    def _living(self, key: bytes) -> _Window | None:
        window = self._windows.get(key)
        if window is not None and window.ends <= self._clock():
            del self._windows[key]
            return None
        return window

    def _opened(self, key: bytes, lasting: float) -> _Window:
        self._make_room()
        window = self._windows[key] = _Window(0, self._clock() + lasting)
        return window

    def _make_room(self) -> None:
        if len(self._windows) < self._size:
            return
        now, least, uses = self._clock(), b"", inf
        for _ in range(min(_LOOKED_AT, len(self._windows))):
            key, window = next(iter(self._windows.items()))
            if window.ends <= now:
                del self._windows[key]
                return
            if window.used < uses:
                least, uses = key, window.used
            self._windows.move_to_end(key)
        del self._windows[least]
