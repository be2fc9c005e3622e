"""From a URL to an engine, without ever showing a password."""

import sys
import traceback

import pytest

from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.server.store import Store, open_store
from gatepass.server.store.postgres import PostgresStore
from gatepass.server.store.sqlite import SqliteStore


def test_the_scheme_picks_the_engine() -> None:
    assert isinstance(open_store("sqlite:///a.db"), SqliteStore)
    assert isinstance(open_store("postgresql://localhost/a"), PostgresStore)
    assert isinstance(open_store("postgres://localhost/a"), PostgresStore)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://root:hunter2@localhost/a",
        "sqlite:a.db",
        "sqlite://a.db",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=hunter2",
        "sqlite:///a\0.db",
        "/var/lib/gatepass.db",
        "postgresql+asyncpg://user:hunter2@localhost/a",
        "POSTGRESQL://user:hunter2@localhost/a",
    ],
)
def test_other_urls_are_misuse(url: str) -> None:
    with pytest.raises(Misuse) as caught:
        open_store(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hunter2@localhost:notaport/a",
        "postgresql://user:hunter2@localhost:99999/a",
        "postgresql://user:hunter2@[::1/a",
        "postgresql://user:hunter2@localhost:1,localhost/a?sslmode=hunter2",
        "postgresql://user:hunter2@127.0.0.1:1/a",
        "postgresql://user:hunter2@127.0.0.1:1,127.0.0.1:2/a",
        "postgresql://user:hunter2@/a?host=/nowhere",
        "postgresql://user:hunter2@unknown.invalid/a",
    ],
)
async def test_a_server_that_cannot_be_reached_is_an_error_without_the_password(url: str) -> None:
    store = open_store(url)
    with pytest.raises(GatepassError) as caught:
        await store.open()
    shown = "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in shown + repr(caught.value) + caught.value.detail + repr(store)
    await store.close()


def test_without_the_driver_postgresql_is_a_sentence_and_sqlite_works(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("gatepass.server.store.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(Misuse, match="pip install"):
        open_store("postgresql://localhost/a")
    assert isinstance(open_store("sqlite:///a.db"), SqliteStore)


async def test_whole_gatepass_opens_on_both_engines(store: Store) -> None:
    await store.health()
    assert (await store.version()).schema > 0
