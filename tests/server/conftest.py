"""A running auth server with an empty database, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from gatepass.server.settings import Audience
from tests.support.databases import SqliteDatabase
from tests.support.live import BANK, RETIREMENT, SHOP, Live, live

AUDIENCES = (Audience(BANK, "money"), Audience(RETIREMENT, "money"), Audience(SHOP))


@pytest.fixture
async def server(database_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Live]:
    """On both engines, for what depends on state."""
    async with live(tmp_path, database=database_url, audiences=AUDIENCES) as server:
        yield server


@pytest.fixture
async def one_server(sqlite_database: SqliteDatabase, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Live]:
    """On SQLite only."""
    async with live(tmp_path, database=sqlite_database.fresh(tmp_path), audiences=AUDIENCES) as server:
        yield server


@pytest.fixture
def client(request: pytest.FixtureRequest) -> httpx2.AsyncClient:
    """A client of the server that the test uses."""
    name = "server" if "server" in request.fixturenames else "one_server"
    found: Live = request.getfixturevalue(name)
    return found.client()
