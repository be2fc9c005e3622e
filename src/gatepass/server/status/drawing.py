"""An index for each new grant: freed ones first, then the next ones of a secret order."""

import asyncio
from collections import deque
from dataclasses import dataclass

from gatepass.kernel.ids import new_id
from gatepass.server.master import MasterSecret
from gatepass.server.status import queries
from gatepass.server.status.model import BLOCK, HELD, LARGEST, MARGIN, SMALLEST, StatusList
from gatepass.server.status.permutation import PURPOSE, permuted
from gatepass.server.store.call import Call
from gatepass.server.store.errors import Stale, StoreUnavailable
from gatepass.server.store.port import Store

_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Drawn:
    """An index that a grant can take: nobody else can until `held`.

    Attributes:
        list: id of the status list.
        held: seconds since the epoch.
    """

    list: str
    idx: int
    held: int

    def taking(self, grant_id: str, *, until: int) -> Call:
        """The statement that makes it the grant's, for the unit that makes the grant, after it.

        Args:
            until: when the grant ends by itself, at the latest.
        """
        return queries.TAKE(list=self.list, idx=self.idx, grant=grant_id, until=until, held=self.held)


class Drawing:
    """Draws indexes, a block at a time. One per process; several share a database.

    Args:
        store: where the tables are.
        master: the secret order comes from it.
        smallest: statuses in the first list; each one after it has twice as many.
        largest: statuses in a list at most.
    """

    def __init__(self, store: Store, master: MasterSecret, *, smallest: int = SMALLEST, largest: int = LARGEST) -> None:
        self._store = store
        self._master = master
        self._smallest = smallest
        self._largest = largest
        self._held: deque[Drawn] = deque()
        self._filling = asyncio.Lock()

    async def draw(self, *, now: int) -> Drawn:
        """An index for a grant that is about to be made.

        Raises:
            StoreUnavailable: the database does not answer, or all the world draws at once.
        """
        while True:
            if self._held:
                drawn = self._held.popleft()
                # One from the future: the clock was set back, and nobody knows how long it is held.
                if now + HELD // 2 <= drawn.held <= now + HELD + MARGIN:
                    return drawn
                continue
            async with self._filling:
                if not self._held:
                    self._held.extend(await self._block(now))

    async def _block(self, now: int) -> list[Drawn]:
        for _ in range(_ATTEMPTS):
            try:
                if found := await self._freed(now) or await self._new(now):
                    return found
            except Stale:  # another process was faster
                continue
        raise StoreUnavailable("store_busy", detail="no index of a status list could be drawn")

    async def _freed(self, now: int) -> list[Drawn]:
        rows = await self._store.read(queries.FREED_IN(now=now))
        if not rows:
            return []
        [[name]], until = rows, now + HELD
        [held] = await self._store.write(queries.HOLD_FREED(list=name, now=now, until=until, limit=BLOCK))
        return [Drawn(name, idx, until) for (idx,) in held]

    async def _new(self, now: int) -> list[Drawn]:
        lists = [queries.status_list(row) for row in await self._store.read(queries.LISTS())]
        key = self._master.derive(PURPOSE, lists[-1].key_version) if lists else None
        if not lists or not lists[-1].room or key is None:
            await self._begin(lists, now)
            return []
        newest, until = lists[-1], now + HELD
        numbers = range(newest.drawn, newest.drawn + min(BLOCK, newest.room))
        bits = newest.size.bit_length() - 1
        block = [Drawn(newest.id, permuted(number, bits, key, newest.id), until) for number in numbers]
        draw = queries.DRAW(list=newest.id, count=len(block), drawn=newest.drawn)
        await self._store.write(draw, *(queries.HOLD_NEW(list=one.list, idx=one.idx, until=until) for one in block))
        return block

    async def _begin(self, lists: list[StatusList], now: int) -> None:
        size = min(lists[-1].size * 2, self._largest) if lists else self._smallest
        number = lists[-1].number + 1 if lists else 1
        version = self._master.version
        await self._store.write(queries.BEGIN(id=new_id(), number=number, size=size, key_version=version, now=now))
