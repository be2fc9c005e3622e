"""Holding a lease: one statement, and time does the rest."""

import math

from gatepass.kernel.clock import Clock, now
from gatepass.kernel.ids import new_id
from gatepass.server.leases import queries
from gatepass.server.store.port import Store


class Leases:
    """The leases of one process: it is one holder, whatever it holds.

    Args:
        store: shared by all processes.
        clock: seconds since the epoch.
    """

    def __init__(self, store: Store, clock: Clock = now) -> None:
        self._store = store
        self._clock = clock
        self._holder = new_id()

    async def hold(self, name: str, seconds: float) -> bool:
        """Take the lease `name`, or hold it for longer; False when another process has it.

        A lease is not given back: it runs out, like that of a process that died.

        Args:
            name: of the work.
            seconds: how long from now. Longer than the work and the pause after it take, so that
                it stays with one process while that one lives.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        moment = self._clock()
        until = math.ceil(moment + seconds)
        # Taken by a clock that was ahead by more than the lease: its holder may be dead for as long as that.
        beyond = until + math.ceil(seconds)
        call = queries.HOLD(name=name, holder=self._holder, until=until, now=int(moment), beyond=beyond)
        [rows] = await self._store.write(call)
        return bool(rows)
