"""Stores on an empty database, with a schema of their own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gatepass.server.store import Store
from tests.support.counters import store_at
from tests.support.databases import PostgresDatabase
from tests.support.postgres import Cluster


@pytest.fixture
def postgres_url(postgres: Cluster) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    postgres.sql("CREATE DATABASE empty")
    yield postgres.url("empty")
    postgres.sql("DROP DATABASE empty WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path}/empty.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, on both engines."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture(scope="session")
def counters_database(postgres: Cluster) -> PostgresDatabase:
    """A PostgreSQL database with the tables of `tests.support.counters`."""
    return PostgresDatabase(postgres, "counters", store_at)


@pytest.fixture(params=["sqlite", "postgresql"])
async def counters(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An open store with the tables of `tests.support.counters`, on both engines."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/counters.db"
    else:
        url = request.getfixturevalue("counters_database").fresh()
    store: Store = store_at(url)
    await store.open()
    yield store
    await store.close()
