"""`Budgets`: what everybody asks who counts tries."""

from collections.abc import Sequence
from math import ceil

from gatepass.kernel.clock import Clock, monotonic
from gatepass.server.budgets.cache import Cache
from gatepass.server.budgets.model import Answer, Charge, Limit
from gatepass.server.budgets.reach import Reach
from gatepass.server.budgets.scripts import Act
from gatepass.server.budgets.table import SIZE, Table
from gatepass.server.metrics import Metrics

Spent = tuple[Limit, float]
"""A budget that is used up, and the seconds until it is not."""


class Budgets:
    """All budgets of one process, shared with other nodes where there is a cache.

    Every try is counted in memory. With a cache the decision is the cache's, in one
    round trip, and memory keeps what it says. While the cache is away memory goes on
    from there, and the tries of that time are told to the cache when it is back; so is
    everything that the cache has lost and this process still knows. So a cache that
    comes and goes gives nobody a fresh budget: each process lets a key try as often
    as its limit says and no more, and while the cache is there all of them together do.

    Args:
        metrics: counts refusals, and decisions without the cache.
        clock: monotonic seconds.
        cache: shared with other nodes, or None.
        size: keys remembered per budget at most.
    """

    def __init__(
        self, metrics: Metrics, *, clock: Clock = monotonic, cache: Cache | None = None, size: int = SIZE
    ) -> None:
        self._metrics = metrics
        self._clock = clock
        self._size = size
        self._tables: dict[Limit, Table] = {}
        self._reach = Reach(cache, clock) if cache is not None else None

    async def open(self) -> None:
        """Look for the cache, so that the first try finds it there. It is not waited for long."""
        if self._reach is not None:
            await self._reach.open()

    async def away(self) -> str | None:
        """Why the cache is away, in a word; None when it is there, or none is shared."""
        return await self._reach.away() if self._reach is not None else None

    async def close(self) -> None:
        """Let go of the cache."""
        if self._reach is not None:
            await self._reach.close()

    async def take(self, *charges: Charge) -> int:
        """Use one try of each, or of none.

        Returns:
            0, or the seconds until there is one again; asking in vain costs nothing.
        """
        answer = await self._shared("take", charges)
        spent = _spent(charges, answer) if answer else self._take(charges)
        if spent is None:
            return 0
        limit, wait = spent
        self._metrics.count("throttled", budget=limit.name)
        return max(1, ceil(wait))

    async def give_back(self, *charges: Charge) -> None:
        """The tries were none: take them off again."""
        if await self._shared("give_back", charges) is None:
            for charge in charges:
                self._table(charge.limit).add(charge.key, -1)

    async def clear(self, *charges: Charge) -> None:
        """Forget all tries of these keys."""
        if await self._shared("clear", charges) is None:
            for charge in charges:
                self._table(charge.limit).clear(charge.key)

    async def _shared(self, act: Act, charges: Sequence[Charge]) -> Answer | None:
        """The cache's answer, which memory keeps; None when there is no cache, or not now."""
        if self._reach is None or not charges:
            return None
        told, answer = [self._table(charge.limit).tell(charge.key) for charge in charges], None
        try:
            answer = await self._reach.ask(act, told)
        finally:  # also when whoever asked has gone
            if answer is None:
                self._metrics.count("throttle_fallbacks")
                for one in told:
                    self._table(one.charge.limit).owe(one)
        if answer is not None:
            for charge, counted in zip(charges, answer.counts, strict=True):
                self._table(charge.limit).learn(charge.key, counted, answer.mark)
        return answer

    def _take(self, charges: Sequence[Charge]) -> Spent | None:
        for limit, key in charges:
            if wait := self._table(limit).wait(key):
                return limit, wait
        for limit, key in charges:
            self._table(limit).add(key, 1)
        return None

    def _table(self, limit: Limit) -> Table:
        table = self._tables.get(limit)
        if table is None:
            table = self._tables[limit] = Table(limit, self._clock, self._size)
        return table


def _spent(charges: Sequence[Charge], answer: Answer) -> Spent | None:
    if answer.spent is None:
        return None
    return charges[answer.spent].limit, answer.counts[answer.spent].left
