"""A crowd that is gone after its test, and a PostgreSQL server that a test may break."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import pytest

from tests.support.postgres import MISSING, Cluster, binaries
from tests.support.soak.crowd import Crowd
from tests.support.soak.standby import Lasting

MakeCrowd = Callable[[Sequence[str]], Crowd]


@pytest.fixture
async def crowd_at(anyio_backend: str) -> AsyncIterator[MakeCrowd]:
    """Makes a crowd that knows servers by their URLs."""
    made: list[Crowd] = []

    def make(urls: Sequence[str]) -> Crowd:
        made.append(Crowd(urls))
        return made[-1]

    yield make
    for crowd in made:
        await crowd.close()


@pytest.fixture
def lasting_postgres() -> Iterator[Cluster]:
    """A PostgreSQL server of the test's own, which keeps what it has acknowledged."""
    if binaries() is None:
        pytest.skip(MISSING)
    cluster = Lasting()
    yield cluster
    cluster.remove()
