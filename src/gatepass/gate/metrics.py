"""What a gate counts, for the operator of its service."""

from collections import Counter
from collections.abc import Mapping
from threading import Lock

import msgspec


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate has done since it was made.

    Attributes:
        accepted: requests that were let in.
        refused: requests that were not, by the `code` of the error; those nobody could decide as well.
        remembered: tokens that had been verified before; only their times and status were looked at.
        stale_status: tokens accepted on a list that could not be fetched anew, within `fail_open_for`.
        key_fetches, key_failures: how often issuers were asked for their keys, and in vain.
        status_fetches, status_failures: the same for status lists.
        status_unchanged: how many of those were answered with "not modified".
        introspections, introspection_failures: how often an issuer was asked about one token, and in vain.
        status_ages: seconds since each status list was asked for with success, by its URI;
            infinite before the first time.
    """

    accepted: int = 0
    refused: Mapping[str, int] = {}
    remembered: int = 0
    stale_status: int = 0
    key_fetches: int = 0
    key_failures: int = 0
    status_fetches: int = 0
    status_failures: int = 0
    status_unchanged: int = 0
    introspections: int = 0
    introspection_failures: int = 0
    status_ages: Mapping[str, float] = {}


class Counters:
    """Numbers that only grow. Thread-safe.

    Attributes:
        accepted: counted at every request and so without the lock: an interpreter with a lock of its own
            does not change threads between reading and writing it.
    """

    def __init__(self) -> None:
        self.accepted = 0
        self._lock = Lock()
        self._counts: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    def count(self, name: str) -> None:
        """One more of `name`, an attribute of `Metrics`."""
        with self._lock:
            self._counts[name] += 1

    def refused(self, code: str) -> None:
        """One more request that ended with `code`."""
        with self._lock:
            self._refused[code] += 1

    def metrics(self, remembered: int, status_ages: Mapping[str, float]) -> Metrics:
        """What was counted until now."""
        with self._lock:
            counts = {"accepted": self.accepted, "remembered": remembered, **self._counts}
            return Metrics(**counts, refused=dict(self._refused), status_ages=status_ages)
