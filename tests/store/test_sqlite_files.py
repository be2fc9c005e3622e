"""The SQLite file: made for its owner only, and every fault of it a clear sentence at start."""

# ruff: noqa: ASYNC220, ASYNC240
# Nothing else runs in a test's loop that blocking calls could hold up.

import os
import random
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.store import StoreUnavailable, sqlite_file
from gatepass.server.store.sqlite import SqliteStore
from gatepass.server.store.sqlite_file import SqliteFile
from tests.support.counters import IDS, SCHEMA, STEP, VALUE, add
from tests.support.source import ROOT

NOBODY = 65534


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def opened(path: Path) -> SqliteStore:
    store = SqliteStore(path, schema=SCHEMA)
    await store.open()
    return store


@contextmanager
def as_nobody() -> Iterator[None]:
    """File rights mean nothing to root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_file_and_folder_are_made_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = await opened(tmp_path / "new" / "gatepass.db")
        await store.write(add("a"))
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == 0o700
    files = sorted((tmp_path / "new").iterdir())
    assert [file.name for file in files] == ["gatepass.db", "gatepass.db-shm", "gatepass.db-wal", "gatepass.db.lock"]
    assert {mode(file) for file in files} == {0o600}
    await store.close()


async def test_rights_of_what_is_there_are_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    path = tmp_path / "gatepass.db"
    path.touch(0o640)
    path.chmod(0o640)
    await (await opened(path)).close()
    assert (mode(tmp_path), mode(path)) == (0o755, 0o640)


async def test_only_one_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="No such file or directory"):
        await opened(tmp_path / "missing" / "too" / "gatepass.db")
    assert not (tmp_path / "missing").exists()


async def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="is not a file"):
        await opened(tmp_path)


@pytest.mark.parametrize("content", [b"x" * 5000, b"SQLite format 3\0" + b"\xff" * 5000])
async def test_what_is_no_database_is_refused_and_not_touched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gatepass.db"
    path.write_bytes(content)
    with pytest.raises(Misuse, match=r"gatepass\.db"):
        await opened(path)
    assert path.read_bytes() == content


async def test_a_damaged_page_is_found_at_start(tmp_path: Path) -> None:
    path = tmp_path / "gatepass.db"
    store = await opened(path)
    await store.write(*[add(f"{number:0200}") for number in range(200)])
    await store.close()
    content = bytearray(path.read_bytes())
    content[5 * 4096 : 6 * 4096] = random.Random(1).randbytes(4096)
    path.write_bytes(content)
    with pytest.raises(Misuse, match="damaged"):
        await opened(path)


async def test_a_database_that_ends_early_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gatepass.db"
    await (await opened(path)).close()
    path.write_bytes(path.read_bytes()[: 3 * 4096 + 17])
    with pytest.raises(Misuse, match="damaged"):
        await opened(path)


async def test_a_database_of_another_program_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE counters (mine TEXT)")
    with pytest.raises(Misuse, match="table counters already exists"):
        await opened(path)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("counters",)]


async def test_a_read_only_file_or_folder_is_refused() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder, "data", "gatepass.db")
        await (await opened(path)).close()
        lock = path.with_name("gatepass.db.lock")
        for file, rights in ((path, 0o444), (lock, 0o666), (path.parent, 0o555)):
            file.chmod(rights)
        with as_nobody(), pytest.raises(Misuse, match="read-only"):
            await opened(path)
        lock.chmod(0o400)
        with as_nobody(), pytest.raises(Misuse, match=r"gatepass\.db\.lock cannot be made"):
            await opened(path)
        path.parent.chmod(0o755)


async def test_a_file_that_was_taken_away_or_replaced_is_not_healthy(tmp_path: Path) -> None:
    store = await opened(tmp_path / "gatepass.db")
    await store.health()
    (tmp_path / "gatepass.db").rename(tmp_path / "away.db")
    with pytest.raises(StoreUnavailable, match="store_failed"):
        await store.health()
    (tmp_path / "gatepass.db").write_bytes((tmp_path / "away.db").read_bytes())
    with pytest.raises(StoreUnavailable, match="store_failed"):
        await store.health()
    (tmp_path / "away.db").replace(tmp_path / "gatepass.db")
    await store.health()
    await store.close()


async def test_a_relative_path_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = SqliteStore("a b?#%41.db", schema=SCHEMA)
    monkeypatch.chdir("/")
    await store.open()
    assert (tmp_path / "a b?#%41.db").exists()
    await store.close()


async def test_every_table_is_strict(tmp_path: Path) -> None:
    path = tmp_path / "gatepass.db"
    await (await opened(path)).close()
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall()
    assert {name: strict for name, strict in tables if name != "sqlite_schema"} == {
        "gatepass_migrations": 1,
        "counters": 1,
        "marks": 1,
    }


def test_a_commit_waits_for_the_disk_and_keys_are_enforced(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "gatepass.db")
    file.create()
    with closing(file.connect(writes=True)) as connection:
        file.check(connection)
        settings = ("synchronous", "foreign_keys", "journal_mode", "trusted_schema", "query_only")
        found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in settings]
    assert found == [2, 1, "wal", 0, 0]


async def test_a_backup_is_the_whole_database_of_one_moment(tmp_path: Path) -> None:
    store = await opened(tmp_path / "gatepass.db")
    await store.write(add("a"))
    target = tmp_path / "backup.db"
    await store.backup(target)
    await store.write(STEP(id="a"))
    assert mode(target) == 0o600
    assert sorted(file.name for file in tmp_path.iterdir() if "backup" in file.name) == ["backup.db"]
    copy = await opened(target)
    assert (await copy.read(VALUE(id="a")), await store.read(VALUE(id="a"))) == ([(0,)], [(1,)])
    await copy.close()
    await store.close()


async def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    store = await opened(tmp_path / "gatepass.db")
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    for target in (tmp_path / "gatepass.db", tmp_path, tmp_path / "link", tmp_path / "missing" / "x"):
        with pytest.raises(Misuse):
            await store.backup(target)
    assert not (tmp_path / "victim").exists()
    await store.close()


async def test_a_backup_that_fails_leaves_no_half_of_it(tmp_path: Path) -> None:
    """The store was never opened and there is no file to copy."""
    with pytest.raises(StoreUnavailable):
        await SqliteStore(tmp_path / "gatepass.db", schema=SCHEMA).backup(tmp_path / "backup.db")
    assert list(tmp_path.iterdir()) == []


async def test_a_copy_of_a_damaged_database_is_no_backup(tmp_path: Path) -> None:
    """Damage after the start is found by the backup at the latest, and not when it is needed."""
    path, target = tmp_path / "gatepass.db", tmp_path / "backup.db"
    store = await opened(path)
    await store.write(*[add(f"{number:0200}") for number in range(200)])
    await store.close()
    content = bytearray(path.read_bytes())
    content[5 * 4096 : 6 * 4096] = random.Random(1).randbytes(4096)
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable) as caught:
        await SqliteStore(path, schema=SCHEMA).backup(target)
    assert caught.value.code == "store_damaged"
    assert [file.name for file in tmp_path.iterdir() if "backup" in file.name] == []


async def test_who_waits_too_long_for_another_process_that_opens_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "OPENING_PATIENCE", 0.05)
    with SqliteFile(tmp_path / "gatepass.db").locked(), pytest.raises(StoreUnavailable, match="store_busy"):
        await opened(tmp_path / "gatepass.db")
    await (await opened(tmp_path / "gatepass.db")).close()


async def test_a_lock_on_the_database_while_opening_is_no_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await opened(tmp_path / "gatepass.db")).close()
    monkeypatch.setattr(sqlite_file, "PATIENCE", 0.01)
    with closing(sqlite3.connect(tmp_path / "gatepass.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="store_busy"):
            await opened(tmp_path / "gatepass.db")


def test_a_sqlite_without_strict_tables_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(Misuse, match="too old"):
        SqliteStore(tmp_path / "gatepass.db", schema=SCHEMA)


RACER = """
import asyncio, sys, time
from gatepass.server.store.sqlite import SqliteStore
from tests.support.counters import SCHEMA, add

async def race(moment, path):
    store = SqliteStore(path, schema=SCHEMA)
    while time.monotonic() < float(moment):
        pass
    await store.open()
    await store.write(add(sys.argv[1]))
    await store.close()

print("ready", flush=True)
for line in sys.stdin:
    try:
        asyncio.run(race(*line.split()))
        print("done", flush=True)
    except Exception as error:
        print(repr(error), getattr(error, "detail", ""), flush=True)
"""


async def test_four_processes_open_a_fresh_file_at_once(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for number in range(4)
    ]
    try:
        assert [racer.stdout.readline() for racer in racers if racer.stdout] == ["ready\n"] * 4
        for attempt in range(5):
            moment = monotonic() + 0.01
            for racer in racers:
                assert racer.stdin
                racer.stdin.write(f"{moment} {tmp_path}/{attempt}.db\n")
                racer.stdin.flush()
            assert [racer.stdout.readline() for racer in racers if racer.stdout] == ["done\n"] * 4
            store = await opened(tmp_path / f"{attempt}.db")
            assert await store.read(IDS()) == [("0",), ("1",), ("2",), ("3",)]
            await store.close()
    finally:
        for racer in racers:
            racer.communicate()
