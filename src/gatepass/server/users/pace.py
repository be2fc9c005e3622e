"""When a refused sign-in leaves: a moment that tells nothing of the user. Pure: no clock, no timer."""

from math import ceil, exp2

MARGIN = 1.25
MOST = 10.0
"""Seconds; no scheme that an import takes needs as long on a machine that can serve at all."""
BUSIEST = 4.0
"""So many times as long as its work may a hash take before it is a beat late."""
HALF_LIFE = 60.0
"""Seconds in which a busy moment is half forgotten."""


class Pace:
    """How long a refusal takes, counted from when a thread was its own.

    That is what the slowest scheme present takes, on a machine as busy as this one lately
    was. For on a busy machine the slow hash of one user would be late when the quick one of
    nobody is not: so every hash says how busy it is, and all refusals keep to the busiest.
    What is later still leaves at the next multiple.
    """

    def __init__(self) -> None:
        self._work: dict[str, float] = {}
        self._peak, self._at = 1.0, 0.0

    def knows(self, scheme: str) -> bool:
        """Whether the scheme was measured."""
        return scheme in self._work

    def learn(self, scheme: str, took: float) -> None:
        """A scheme was measured. Threads of low priority wait for seconds in the middle of a hash, so
        of all measurements the quickest is nearest to the work: a later one can only correct it downwards.

        Args:
            took: seconds, for a hash of our own. Never for what a stranger sent: that may end early.
        """
        self._work[scheme] = min(took, self._work.get(scheme, MOST))

    def saw(self, scheme: str, took: float, now: float) -> None:
        """A password was verified. One that ends early changes nothing."""
        work = self._work.get(scheme, 0.0)
        busy = min(took / work, BUSIEST) if work else 1.0
        if busy > self._busy(now):
            self._peak, self._at = busy, now

    def left(self, spent: float, now: float) -> float:
        """Seconds until a refusal leaves that was given its thread `spent` seconds ago."""
        beat = min(MARGIN * self._busy(now) * max(self._work.values(), default=0.0), MOST)
        return max(1, ceil(spent / beat)) * beat - spent if beat else 0.0

    def _busy(self, now: float) -> float:
        return 1.0 + (self._peak - 1.0) * exp2(-max(0.0, now - self._at) / HALF_LIFE)
