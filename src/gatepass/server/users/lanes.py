"""Who waits for a hashing thread, who may join, and whose turn is next. Pure: no threads, no clock.

A flood of sign-ins must not fill the queue for everybody:

- it is bounded by time: nobody joins behind more than two seconds of measured work;
- an address prefix, and a user, has at most two jobs in it;
- prefixes take turns, however many jobs each of them sends;
- devices that signed a user in before have a lane of their own: a quarter of the
  places and, while somebody waits in it, every fourth turn. Limits are counted per
  lane, so a stranger cannot use up what belongs to a known device.
"""

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from math import ceil

from gatepass.server.users.errors import UsersUnavailable

MAX_WAIT = 2.0
JOBS_EACH = 2
KNOWN_SHARE = 4
FIRST_GUESS = 0.05
_SMOOTHING = 0.1


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom work is done.

    Attributes:
        prefix: address prefix, or its keyed hash; empty for the operator, whom no limit counts.
        user: who is meant to sign in, as a key; empty when nobody.
        known: the device has signed this user in before.
    """

    prefix: str = ""
    user: str = ""
    known: bool = False


@dataclass(eq=False, slots=True)
class Place:
    """One job's place in the line, from joining to leaving."""

    asker: Asker
    running: bool = field(default=False)

    def counted(self) -> list[tuple[bool, str, str]]:
        """The limits that this job counts against."""
        names = (("prefix", self.asker.prefix), ("user", self.asker.user))
        return [(self.asker.known, kind, value) for kind, value in names if value]


class _Lane:
    """Jobs waiting, first come first served within a prefix, prefixes in turn."""

    def __init__(self) -> None:
        self._prefixes: OrderedDict[str, deque[Place]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._prefixes)

    def add(self, place: Place) -> None:
        self._prefixes.setdefault(place.asker.prefix, deque()).append(place)

    def remove(self, place: Place) -> None:
        waiting = self._prefixes[place.asker.prefix]
        waiting.remove(place)
        if not waiting:
            del self._prefixes[place.asker.prefix]

    def take(self) -> Place:
        prefix, waiting = next(iter(self._prefixes.items()))
        place = waiting.popleft()
        del self._prefixes[prefix]
        if waiting:
            self._prefixes[prefix] = waiting  # at the end: the other prefixes are next
        return place


class Line:
    """All jobs, waiting and running.

    Args:
        slots: jobs that may run at once.
        max_wait: seconds of measured work that one joins behind at most.
    """

    def __init__(self, slots: int, max_wait: float = MAX_WAIT) -> None:
        self._slots = slots
        self._max_wait = max_wait
        self._cost = FIRST_GUESS
        self._lanes = {True: _Lane(), False: _Lane()}
        self._present: Counter[bool] = Counter()
        self._counts: Counter[tuple[bool, str, str]] = Counter()
        self._running = 0
        self._turns = 0

    @property
    def places(self) -> int:
        """How many jobs fit, given what a job has cost lately."""
        return max(2 * self._slots, int(self._max_wait * self._slots / self._cost))

    def join(self, asker: Asker) -> Place:
        """A place at the end.

        Raises:
            UsersUnavailable: sign_in_busy, with the seconds after which it may be better.
        """
        place = Place(asker)
        if not self._fits(asker.known) or any(self._counts[name] >= JOBS_EACH for name in place.counted()):
            wait = self._present.total() * self._cost / self._slots
            raise UsersUnavailable("sign_in_busy", retry_after=max(1, ceil(wait)))
        self._counts.update(place.counted())
        self._present[asker.known] += 1
        self._lanes[asker.known].add(place)
        return place

    def _fits(self, known: bool) -> bool:
        if self._present.total() >= self.places:
            return False
        return known or self._present[False] < self.places - max(1, self.places // KNOWN_SHARE)

    def next(self) -> Place | None:
        """The job whose turn it is, now running; None when no slot is free or nobody waits."""
        first = self._turns % KNOWN_SHARE == KNOWN_SHARE - 1
        lane = self._lanes[first] or self._lanes[not first]
        if self._running >= self._slots or not lane:
            return None
        self._turns += 1
        self._running += 1
        place = lane.take()
        place.running = True
        return place

    def leave(self, place: Place, took: float | None = None) -> None:
        """The job is done, or whoever wanted it is gone.

        Args:
            took: seconds of work that it was, when it ran.
        """
        if place.running:
            self._running -= 1
        else:
            self._lanes[place.asker.known].remove(place)
        self._present[place.asker.known] -= 1
        for name in place.counted():
            self._counts[name] -= 1
            if not self._counts[name]:
                del self._counts[name]
        if took is not None:
            self._cost += _SMOOTHING * (max(took, 0.001) - self._cost)
