"""Purge: what is over is deleted, so that the tables stay as large as the living."""

from dataclasses import dataclass

from gatepass.kernel.clock import Clock, monotonic
from gatepass.server.audit.events import purging
from gatepass.server.metrics import Metrics
from gatepass.server.sessions.purging import purging_grants, purging_sessions, putting_off
from gatepass.server.store.port import Row, Store

KEPT = 86_400
"""Seconds for which sessions, grants and refresh families are kept after their end.

No answer needs them. A token of a family that is over is refused alike whether or not its row is
there, and without an audit line in either case: the end has its own, and whoever holds a dead token
must not be able to fill the audit. What the day is for: a node whose clock is ahead by hours must
not delete what the others hold alive. Status indexes have a life of their own.
"""
BATCH = 500
"""Rows that one unit deletes: some milliseconds, for which others wait."""
SECONDS = 10.0
"""After so long a run leaves the rest to the next one."""


@dataclass(frozen=True, slots=True)
class Purge:
    """A job of housekeeping: one process does it for all; two at once do no harm.

    A run that is cut off anywhere has deleted whole batches, and the next one goes on from there.

    Args:
        store: where everything is.
        metrics: counts deleted rows, by table.
        audit_kept: seconds for which audit lines are kept; None keeps them for good.
        ticks: seconds of a clock that is never set.
    """

    store: Store
    metrics: Metrics
    audit_kept: int | None = None
    ticks: Clock = monotonic

    async def __call__(self, now: float) -> None:
        """Delete what is over at `now`, seconds since the epoch.

        Raises:
            StoreUnavailable: the database does not answer; what was deleted before stays so.
        """
        until = self.ticks() + SECONDS
        for work in (self._sessions, self._grants, self._audit):
            # A batch at least, however late it is: nothing starves.
            while await work(int(now)) >= BATCH and self.ticks() < until:
                pass

    async def _sessions(self, now: int) -> int:
        before = now - KEPT
        [put_off] = await self.store.write(putting_off(before=before, limit=BATCH))
        *_, families, grants, sessions = await self.store.write(*purging_sessions(now=now, before=before, limit=BATCH))
        self._count(refresh_families=families, grants=grants, sessions=sessions)
        return len(put_off) + len(sessions)

    async def _grants(self, now: int) -> int:
        families, grants = await self.store.write(*purging_grants(before=now - KEPT, limit=BATCH))
        self._count(refresh_families=families, grants=grants)
        return len(grants)

    async def _audit(self, now: int) -> int:
        if self.audit_kept is None:
            return 0
        [lines] = await self.store.write(purging(now - self.audit_kept, BATCH))
        self._count(audit_events=lines)
        return len(lines)

    def _count(self, **deleted: list[Row]) -> None:
        for table, rows in deleted.items():
            if rows:
                self.metrics.count("purged", len(rows), table=table)
