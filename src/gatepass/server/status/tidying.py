"""Indexes of grants that are over become nobody's again. A job of housekeeping: one process does it for all."""

from gatepass.server.status import queries
from gatepass.server.status.model import Terms
from gatepass.server.store.call import Call
from gatepass.server.store.port import Store

BATCH = 500
"""Rows that one unit changes: nobody waits long behind it."""


class Tidying:
    """Frees indexes. What it writes is guarded by the state of the row, so two at once do no harm.

    Args:
        terms: how long an index must rest.
    """

    def __init__(self, store: Store, terms: Terms) -> None:
        self._store = store
        self._terms = terms

    async def __call__(self, now: float) -> None:
        """Free what is over at `now`, seconds since the epoch.

        Raises:
            StoreUnavailable: the database does not answer; the rest is done the next time.
        """
        ended, outlived = self._terms.freed_before(int(now)), self._terms.outlived_before(int(now))
        for name, *_ in await self._store.read(queries.LISTS()):
            await self._all(queries.FREE_ENDED(list=name, before=ended, limit=BATCH))
        await self._all(queries.FREE_OUTLIVED(before=outlived, limit=BATCH))

    async def _all(self, free: Call) -> None:
        while True:
            [freed] = await self._store.write(free)
            if len(freed) < BATCH:
                return
