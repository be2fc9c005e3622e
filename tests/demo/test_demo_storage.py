"""A site's file: opened by several at once, bounded, and with the hashes of who lives in the town."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from gatepass.demo.places import LOCAL_PASSPHRASE
from gatepass.demo.sites import users
from gatepass.demo.sites.bank import Bank
from gatepass.demo.sites.storage import keep_newest, open_file
from gatepass.demo.sites.users import NOBODY, RESIDENTS, Users

INSTANCES, TIMES = 4, 10


def test_instances_that_start_at_the_same_moment_share_one_file(tmp_path: Path) -> None:
    together = Barrier(INSTANCES)

    def start(path: Path) -> bool:
        together.wait()
        db = open_file(path, users.SCHEMA, Bank.schema)
        known = Users(db).stored("ada") == RESIDENTS["ada"]
        db.close()
        return known

    with ThreadPoolExecutor(INSTANCES) as pool:
        for number in range(TIMES):
            assert all(pool.map(start, [tmp_path / f"{number}.db"] * INSTANCES))


def test_the_oldest_rows_give_way() -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE things (id INTEGER PRIMARY KEY)")
    db.executemany("INSERT INTO things VALUES (?)", [(number,) for number in range(10)])
    keep_newest(db, "things", most=20)
    assert db.execute("SELECT count(*) FROM things").fetchone() == (10,)
    keep_newest(db, "things", most=3)
    assert db.execute("SELECT id FROM things").fetchall() == [(7,), (8,), (9,)]


def test_the_hashes_of_those_who_live_in_the_town_are_of_the_password_that_its_pages_tell() -> None:
    assert len({stored.salt for stored in (*RESIDENTS.values(), NOBODY)}) == len(RESIDENTS) + 1
    assert all(stored.matches(LOCAL_PASSPHRASE) for stored in RESIDENTS.values())
    assert not NOBODY.matches(LOCAL_PASSPHRASE)
