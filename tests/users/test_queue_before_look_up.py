"""Queue first, look-up second: nothing before the look-up depends on who was asked for."""

import asyncio

import pytest

from gatepass.server.store import Call, Store
from gatepass.server.store.port import Row
from gatepass.server.users.errors import UsersUnavailable
from gatepass.server.users.lanes import Asker
from gatepass.server.users.recognition import Attempt
from tests.support.people import PASSWORD, people


class CountedReads:
    """A store that counts what is read."""

    def __init__(self, store: Store) -> None:
        self.open, self.close, self.write, self.scan = store.open, store.close, store.write, store.scan
        self.health, self.version, self.backup = store.health, store.version, store.backup
        self.reads = 0
        self._read = store.read

    async def read(self, call: Call) -> list[Row]:
        """See `Store.read`."""
        self.reads += 1
        return await self._read(call)


async def test_nobody_is_looked_up_before_there_is_a_place_in_the_queue(store: Store) -> None:
    """Whether the answer is "busy", and how soon it comes, must not depend on who was asked for."""
    counted = CountedReads(store)
    room = people(counted)
    await room.add("anna")
    asked = Asker("192.0.2.1", "anna")
    anna = Attempt("anna", PASSWORD, asked)
    assert await room.users.recognise(anna)
    async with room.queue.turn(asked):
        waiting = asyncio.create_task(room.queue.run(lambda: None, asked))
        await asyncio.sleep(0)
        before = counted.reads
        with pytest.raises(UsersUnavailable, match="sign_in_busy"):
            await room.users.recognise(anna)
        assert counted.reads == before > 0
    await waiting
    await room.queue.close()
