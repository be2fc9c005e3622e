"""A schema of two small tables, for tests of the store itself."""

from collections.abc import Sequence
from typing import Any

from gatepass.server.store import Sql
from gatepass.server.store.migrations import Migration
from gatepass.server.store.postgres import PostgresStore
from gatepass.server.store.sqlite import SqliteStore

SCHEMA = (
    Migration.parse(
        1,
        "counters",
        """
        CREATE TABLE counters (id TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL, note TEXT, seal BYTEA UNIQUE);
        CREATE TABLE marks (counter TEXT NOT NULL REFERENCES counters (id), at BIGINT NOT NULL);
        """,
    ),
)

ADD = Sql(
    "INSERT INTO counters (id, value, note, seal) VALUES (:id, :value, :note, :seal)"
    " ON CONFLICT (id) DO NOTHING RETURNING id",
    rows=1,
)
STEP = Sql("UPDATE counters SET value = value + 1 WHERE id = :id RETURNING value", rows=1)
SWAP = Sql("UPDATE counters SET value = value + 1 WHERE id = :id AND value = :value RETURNING value", rows=1)
CLEAR = Sql("DELETE FROM counters RETURNING id")
MARK = Sql("INSERT INTO marks (counter, at) VALUES (:counter, :at) RETURNING at", rows=1)
VALUE = Sql("SELECT value FROM counters WHERE id = :id")
ALL = Sql("SELECT id, value, note, seal FROM counters ORDER BY id")
IDS = Sql("SELECT id FROM counters ORDER BY id")


def add(id: str, value: int = 0, note: str | None = None, seal: bytes | None = None) -> Any:
    """A call that adds one counter."""
    return ADD(id=id, value=value, note=note, seal=seal)


def store_at(url: str, schema: Sequence[Migration] = SCHEMA, **options: Any) -> Any:
    """An engine on `url` with another schema than Gatepass's own."""
    if url.startswith("sqlite:///"):
        return SqliteStore(url.removeprefix("sqlite:///"), schema=schema, **options)
    return PostgresStore(url, schema=schema, **options)
