"""Refused sign-ins, counted, and written down as a sample.

A bad password must not cost a write: guessing would then keep the disk busy, and every
stranger could fill it. So the first refusal of a minute is written at once, and the
next line, at the earliest a minute later, says how many there were in between.
"""

from collections import Counter
from contextlib import suppress

from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.store.errors import StoreUnavailable
from gatepass.server.store.port import Store

SAMPLED_EVERY = 60
"""Seconds between two audit lines about refused sign-ins."""


class Refusals:
    """Counts refused sign-ins of one process.

    Args:
        store: where the samples are written.

    Attributes:
        total: refusals by code since the start.
    """

    def __init__(self, store: Store) -> None:
        self.total: Counter[str] = Counter()
        self._store = store
        self._since: Counter[str] = Counter()
        self._next = 0.0

    async def count(self, code: str, *, at: float, source: Source) -> None:
        """One more. The line names no user: whether there is one must not make a difference.

        Args:
            at: seconds since the epoch.
            source: of this refusal; the others of the minute go by their number only.
        """
        self.total[code] += 1
        self._since[code] += 1
        if at < self._next:
            return
        counts, self._since, self._next = dict(self._since), Counter(), at + SAMPLED_EVERY
        line = event("sign_in_refused", at=at, source=source, detail={"code": code, "since_last": counts})
        with suppress(StoreUnavailable):  # the refusal stands, with or without its line
            await self._store.write(line)
