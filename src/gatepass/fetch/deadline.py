"""One end for a whole fetch, however slowly its parts arrive."""

from gatepass.kernel.clock import monotonic
from gatepass.kernel.errors import Misuse

MAX_SECONDS = 86_400


class Deadline:
    """A moment after which nothing is waited for.

    Args:
        timeout: seconds from now, at most a day.

    Raises:
        Misuse: it is more, or no number.
    """

    def __init__(self, timeout: float) -> None:
        if not timeout <= MAX_SECONDS:  # written so that NaN is refused too
            raise Misuse("A time-out is a number of seconds, at most a day.")
        self._end = monotonic() + timeout

    def remaining(self) -> float:
        """Seconds left, always more than zero.

        Raises:
            TimeoutError: none are left.
        """
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return left
