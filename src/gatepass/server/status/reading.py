"""Which lists there are, and which of their bits are set."""

from gatepass.server.status import queries
from gatepass.server.status.model import StatusList
from gatepass.server.store.port import Store


class Statuses:
    """Reads status lists. Every method raises `StoreUnavailable` when the database cannot answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def lists(self) -> list[StatusList]:
        """All lists, oldest first."""
        return [queries.status_list(row) for row in await self._store.read(queries.LISTS())]

    async def count(self, list_id: str, *, since: int) -> int:
        """How many grants of a list ended at `since` or later: grows with every end, and only then."""
        [[count]] = await self._store.read(queries.COUNT_SET(list=list_id, since=since))
        return int(count)

    async def indexes(self, list_id: str, *, since: int) -> list[int]:
        """The indexes of those grants; there may be many, so they are read in nobody's way."""
        return [idx async for (idx,) in self._store.scan(queries.SET(list=list_id, since=since))]
