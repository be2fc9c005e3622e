"""Shared by all tests: async tests on asyncio, and a migrated database on both engines.

Every `async def` test runs, without a mark, in an event loop of its own. `store` and
`database_url` run a test once on SQLite and once on PostgreSQL.
"""

import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gatepass.server.store import Store, open_store


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> None:
    function = obj.hypothesis.inner_test if hasattr(obj, "hypothesis") else obj
    if collector.istestfunction(obj, name) and inspect.iscoroutinefunction(function):
        pytest.mark.anyio(obj)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sqlite"])
def database_url(tmp_path: Path) -> str:
    """The URL of a fresh database, for tests that start whole servers."""
    return f"sqlite:///{tmp_path}/gatepass.db"


@pytest.fixture
async def store(database_url: str, anyio_backend: str) -> AsyncIterator[Store]:
    """An open store with the whole schema and no rows."""
    store = open_store(database_url)
    await store.open()
    yield store
    await store.close()
