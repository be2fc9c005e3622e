"""When a refused sign-in leaves: a moment that tells nothing of the user. Pure: no clock, no timer."""

from math import ceil

MARGIN = 1.25
MOST = 10.0
"""Seconds; no scheme that an import takes needs as long on a machine that can serve at all."""


class Pace:
    """How long a refusal takes, counted from when a thread was its own: what the slowest scheme present takes.

    A hash that took longer, on a busy machine, leaves at the next multiple of it: the
    work itself shows through no more than a full beat at a time.
    """

    def __init__(self) -> None:
        self._work: dict[str, float] = {}

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

    @property
    def beat(self) -> float:
        """Seconds."""
        return min(MARGIN * max(self._work.values(), default=0.0), MOST)

    def left(self, spent: float) -> float:
        """Seconds until a refusal leaves that has been on a thread `spent` seconds ago."""
        beat = self.beat
        return max(1, ceil(spent / beat)) * beat - spent if beat else 0.0
