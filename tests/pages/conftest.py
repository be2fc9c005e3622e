"""A whole auth server in memory, on a clock that a test moves."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gatepass.kernel.secret import Secret
from gatepass.server.app import AuthServer
from gatepass.server.settings import Settings
from tests.support.pages import Person
from tests.support.token_server import MovedClock

ISSUER = "http://localhost:8000"


@pytest.fixture
def clock() -> MovedClock:
    """The server's clock."""
    return MovedClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """What the server runs with; a test may have its own."""
    database = f"sqlite:///{tmp_path / 'gatepass.db'}"
    return Settings(issuer=ISSUER, data=tmp_path, database=database, secret_key=Secret(b"p" * 32))


@pytest.fixture
async def auth(settings: Settings, clock: MovedClock, anyio_backend: str) -> AsyncIterator[AuthServer]:
    """The server, open."""
    async with AuthServer(settings, clock=clock) as auth:
        yield auth


@pytest.fixture
async def person(auth: AuthServer) -> AsyncIterator[Person]:
    """Somebody who has not been there before."""
    person = Person(auth)
    async with person.client:
        yield person
