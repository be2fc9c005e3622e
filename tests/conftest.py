"""Shared by all tests: async tests on asyncio, and a migrated database on both engines.

Every `async def` test runs, without a mark, in an event loop of its own. A test that
takes `store` or `database_url` runs once on SQLite and once on PostgreSQL.
"""

import inspect
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from gatepass.server.store import Store, open_store
from tests.support.databases import PostgresDatabase, SqliteDatabase
from tests.support.postgres import MISSING, Cluster, binaries

# A deadline would be a timed test: on a busy machine it fails for nothing.
settings.register_profile("gatepass", deadline=None)
settings.load_profile("gatepass")


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> None:
    """Mark async tests, so that nobody has to."""
    function = obj.hypothesis.inner_test if hasattr(obj, "hypothesis") else obj
    if collector.istestfunction(obj, name) and inspect.iscoroutinefunction(function):
        pytest.mark.anyio(obj)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop that async tests run on."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server for this process alone; its tests are skipped where there are no binaries."""
    if binaries() is None:
        pytest.skip(MISSING)
    cluster = Cluster()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def postgres_database(postgres: Cluster) -> PostgresDatabase:
    """The migrated database on it."""
    return PostgresDatabase(postgres, "gatepass", open_store)


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabase:
    """A migrated SQLite file to copy."""
    return SqliteDatabase(tmp_path_factory.mktemp("sqlite"), open_store)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the whole schema and no rows, for tests that start whole servers."""
    if request.param == "sqlite":
        files: SqliteDatabase = request.getfixturevalue("sqlite_database")
        return files.fresh(tmp_path)
    database: PostgresDatabase = request.getfixturevalue("postgres_database")
    return database.fresh()


@pytest.fixture
async def store(database_url: str, anyio_backend: str) -> AsyncIterator[Store]:
    """An open store on `database_url`."""
    store = open_store(database_url)
    await store.open()
    yield store
    await store.close()
