"""The schema moves forward only, once, and notices when it is not the one it was; on both engines."""

import asyncio
from pathlib import Path

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.store import Sql, Store
from gatepass.server.store.migrations import Migration, for_strict_sqlite, load, pending
from tests.support.counters import IDS, SCHEMA, add, store_at

SECOND = Migration.parse(2, "notes", "CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY);")
HISTORY = Sql("SELECT number, name, applied_at FROM gatepass_migrations ORDER BY number")
NOTES = Sql("SELECT id FROM notes")


async def opened(url: str, *schema: Migration, now: float = 0) -> Store:
    store: Store = store_at(url, schema=schema, clock=lambda: now)
    await store.open()
    return store


async def test_each_migration_is_applied_once_and_rows_stay(empty_url: str) -> None:
    first = await opened(empty_url, *SCHEMA, now=100)
    await first.write(add("a"))
    await first.close()
    second = await opened(empty_url, *SCHEMA, SECOND, now=200.9)
    assert await second.read(HISTORY()) == [(1, "counters", 100), (2, "notes", 200)]
    assert await second.read(IDS()) == [("a",)]
    assert await second.read(NOTES()) == []
    await second.close()


async def test_two_that_open_at_once_both_find_it_migrated(empty_url: str) -> None:
    stores = await asyncio.gather(*[opened(empty_url, *SCHEMA, SECOND) for _ in range(4)])
    for store in stores:
        assert len(await store.read(HISTORY())) == 2
        await store.close()


async def test_a_newer_database_is_refused(empty_url: str) -> None:
    await (await opened(empty_url, *SCHEMA, SECOND)).close()
    with pytest.raises(Misuse, match="has schema 2, this Gatepass knows 1"):
        await opened(empty_url, *SCHEMA)
    with pytest.raises(Misuse, match="has schema 2, this Gatepass knows 0"):
        await opened(empty_url)
    await (await opened(empty_url, *SCHEMA, SECOND)).close()


async def test_a_changed_migration_is_refused(empty_url: str) -> None:
    await (await opened(empty_url, *SCHEMA)).close()
    changed = Migration.parse(1, "counters", "CREATE TABLE counters (id TEXT NOT NULL PRIMARY KEY);")
    with pytest.raises(Misuse, match=r"another 001_counters\.sql"):
        await opened(empty_url, changed)


async def test_a_migration_that_fails_leaves_nothing_of_itself(empty_url: str) -> None:
    broken = Migration.parse(2, "broken", "CREATE TABLE notes (id TEXT); INSERT INTO nowhere (id) VALUES ('a');")
    with pytest.raises(Misuse):
        await opened(empty_url, *SCHEMA, broken)
    store = await opened(empty_url, *SCHEMA, SECOND)
    assert await store.read(NOTES()) == []
    await store.close()


@pytest.mark.parametrize(
    "applied",
    [
        [(1, "a", "A"), (3, "c", "C")],
        [(2, "b", "B"), (3, "c", "C")],
        [(1, "a", "A"), (2, "x", "B")],
        [(1, "a", "A"), (2, "b", "X")],
    ],
    ids=["missing in the database", "inserted before", "renamed", "changed"],
)
def test_another_history_is_refused(applied: list[tuple[int, str, str]]) -> None:
    known = [Migration(number, name, name.upper(), ()) for number, name in enumerate("abc", 1)]
    with pytest.raises(Misuse, match="another"):
        pending(known, applied)


def test_numbers_may_have_gaps() -> None:
    known = [Migration(number, "a", "A", ()) for number in (1, 4, 9)]
    assert [one.number for one in pending(known, [(1, "a", "A")])] == [4, 9]


def test_gatepass_itself_has_a_schema_in_order() -> None:
    numbers = [migration.number for migration in load()]
    assert numbers
    assert numbers == sorted(set(numbers))


def test_files_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("010_b.sql", "002_a.sql", "README"):
        (tmp_path / name).write_text("CREATE TABLE t (id TEXT);")
    assert [(one.number, one.name) for one in load(tmp_path)] == [(2, "a"), (10, "b")]


@pytest.mark.parametrize(
    "names", [[], ["README"], ["1_a.sql"], ["001-a.sql"], ["001_A.sql"], ["001_a.sql", "001_b.sql"]]
)
def test_no_files_wrong_names_and_equal_numbers_are_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("")
    with pytest.raises(Misuse):
        load(tmp_path)


def test_line_ends_of_another_system_are_no_change() -> None:
    text = "CREATE TABLE t (\n    id TEXT\n);\n"
    assert Migration.parse(1, "a", text).checksum == Migration.parse(1, "a", text.replace("\n", "\r\n")).checksum


@pytest.mark.parametrize(
    "text",
    [
        "PRAGMA foreign_keys=OFF;",
        "BEGIN;",
        "COMMIT; CREATE TABLE t (a TEXT);",
        "SELECT 1;",
        "CREATE TABLE t (a INTEGER);",
        "CREATE TABLE t (a BOOLEAN);",
        "CREATE TABLE t (a VARCHAR);",
        "CREATE TABLE t (a TIMESTAMP);",
        "CREATE TABLE t (a SERIAL);",
        "INSERT INTO t VALUES (:a);",
        "CREATE TABLE t (a TEXT UNIQUE DEFERRABLE);",
        'CREATE TABLE "t" (a TEXT);',
    ],
)
def test_what_the_engines_do_not_share_is_refused(text: str) -> None:
    with pytest.raises(Misuse):
        Migration.parse(1, "a", text)


def test_statements_are_cut_at_semicolons_that_are_none_of_a_string() -> None:
    text = "INSERT INTO t (a) VALUES ('x;y'); -- a;b\n/* c;d */ CREATE INDEX i ON t (a) ; ; "
    assert Migration.parse(1, "a", text).statements == (
        "INSERT INTO t (a) VALUES ('x;y')",
        "CREATE INDEX i ON t (a)",
    )


def test_sqlite_gets_strict_tables_of_its_own_types() -> None:
    [statement] = Migration.parse(1, "a", "CREATE TABLE t (a BIGINT, b BYTEA, c TEXT -- last\n) -- end\n;").statements
    assert for_strict_sqlite(statement) == "CREATE TABLE t (a INTEGER, b BLOB, c TEXT ) STRICT"
    assert for_strict_sqlite("CREATE INDEX i ON t (a)") == "CREATE INDEX i ON t (a)"
