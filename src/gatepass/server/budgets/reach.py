"""Whether the cache can be asked now, and finding out again without anybody waiting for it."""

import asyncio
import logging
from collections.abc import Sequence
from math import inf

from gatepass.kernel.clock import Clock
from gatepass.server.budgets.cache import CONNECTING, DEADLINE, Cache, CacheAway
from gatepass.server.budgets.model import Answer, Charge, Limit, Told
from gatepass.server.budgets.scripts import Act

AGAIN = 1.0
"""Seconds between two looks at a cache that is away."""
SELDOM = 30.0
"""The same for one that went away again and again: each time may count a try twice."""
_PROBE = Charge(Limit("probe", 1_000_000_000, 1), b"")

_log = logging.getLogger("gatepass.budgets")


class Reach:
    """Asks the cache while it is there. After one failure it is away, and nobody waits for it.

    While it is away it is looked at in the background, once a second (more seldom if it
    keeps coming and going) and only when somebody would have asked. The look uses a try of
    a budget of its own: it is there when that can be counted, not when it merely answers.

    Args:
        cache: who is asked.
        clock: monotonic seconds.
    """

    def __init__(self, cache: Cache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock
        self._there: bool | None = None  # None: nobody has looked yet
        self._next = 0.0
        self._again = AGAIN
        self._back = -inf
        self._look: asyncio.Task[None] | None = None

    async def ask(self, act: Act, told: Sequence[Told]) -> Answer | None:
        """Ask if the cache is there. None: it is not, or did not answer."""
        if not self._there:
            self.look()
            return None
        try:
            return await self._cache.ask(act, told)
        except CacheAway as away:
            self._lost(str(away))
            return None

    async def open(self) -> None:
        """Look for the first time. That is waited for only as long as a request would."""
        self.look()
        if self._look is not None:
            await asyncio.wait({self._look}, timeout=DEADLINE)

    def look(self) -> None:
        """Look in the background whether the cache is there, unless that was done a moment ago."""
        now = self._clock()
        if now < self._next or (self._look is not None and not self._look.done()):
            return
        self._next = now + self._again
        self._look = asyncio.get_running_loop().create_task(self._looked())

    async def close(self) -> None:
        """Stop looking, and close the connections."""
        if self._look is not None:
            self._look.cancel()
            await asyncio.gather(self._look, return_exceptions=True)
        self._there = None
        await self._cache.close()

    async def away(self) -> str | None:
        """Look now: why the cache is away, in a word; None when it is there."""
        told = [Told(_PROBE, 0, _PROBE.limit.period, 0, 0)]
        try:
            await self._cache.ask("take", told, deadline=CONNECTING)
            await self._cache.ask("take", told)  # now that it is connected: as quickly as a request needs it
        except CacheAway as away:
            return str(away)
        return None

    async def _looked(self) -> None:
        if (why := await self.away()) is not None:
            self._lost(why)
            return
        if self._there is False:
            _log.warning("The cache is back: budgets are counted for all nodes together again.")
        self._there, self._back = True, self._clock()

    def _lost(self, why: str) -> None:
        if self._there:
            brief = self._clock() - self._back < SELDOM
            self._again = min(2 * self._again, SELDOM) if brief else AGAIN
        if self._there is not False:
            _log.error("The cache is away (%s): until it is back each process counts for itself.", why)
        self._there = False
        self._next = max(self._next, self._clock() + self._again)
