"""A site's file: opened by several at once, bounded, and with the hashes of who lives in the town."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from gatepass import Identity
from gatepass.demo.places import LOCAL_PASSPHRASE
from gatepass.demo.sites import forum, help_desk, money, shop, users
from gatepass.demo.sites.bank import Bank
from gatepass.demo.sites.forum import Forum
from gatepass.demo.sites.help_desk import HelpDesk
from gatepass.demo.sites.shop import Shop
from gatepass.demo.sites.storage import keep_newest, open_file
from gatepass.demo.sites.trade import Trade
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
    db.close()


def test_the_hashes_of_those_who_live_in_the_town_are_of_the_password_that_its_pages_tell() -> None:
    assert len({stored.salt for stored in (*RESIDENTS.values(), NOBODY)}) == len(RESIDENTS) + 1
    assert all(stored.matches(LOCAL_PASSPHRASE) for stored in RESIDENTS.values())
    assert not NOBODY.matches(LOCAL_PASSPHRASE)


@pytest.mark.parametrize(
    ("trade", "rows", "most"),
    [
        (Bank, "accounts (issuer, subject, balance) VALUES ('i', ?, 1)", money.MOST_ACCOUNTS),
        (Forum, "accounts (issuer, subject, name) VALUES ('i', ?, 'n')", forum.MOST_ACCOUNTS),
        (Shop, "orders (issuer, subject, item) VALUES ('i', ?, 'x')", shop.MOST),
        (HelpDesk, "tickets (issuer, subject, about) VALUES ('i', ?, 'x')", help_desk.MOST),
    ],
)
def test_however_many_people_come_a_trade_keeps_so_much_and_no_more(
    tmp_path: Path, trade: type[Trade], rows: str, most: int
) -> None:
    db = open_file(tmp_path / "trade.db", trade.schema)
    here = trade(db)
    db.execute("BEGIN")
    db.executemany(f"INSERT INTO {rows}", [(str(number),) for number in range(most + 9)])
    db.execute("COMMIT")
    action, *_ = here.actions()
    action.do(Identity("new", issuer="i"), {"text": "x", "item": "x", "subject": "x"})
    assert next(iter(here.kept().values())) == most
    db.close()


def test_what_somebody_does_forgets_no_movements_of_others(tmp_path: Path) -> None:
    db = open_file(tmp_path / "bank.db", Bank.schema)
    bank, ada, ben = Bank(db), Identity("ada", issuer="i"), Identity("ben", issuer="i")
    for who in (ada, ben, ben):
        bank.move(who, {})
    assert [len(bank.shown(who)["movements"]) for who in (ada, ben)] == [1, 2]
    db.close()


def test_what_is_deleted_is_overwritten_in_the_file(tmp_path: Path) -> None:
    db = open_file(tmp_path / "forum.db", Forum.schema)
    here, ada = Forum(db), Identity("ada", issuer="i")
    here.post(ada, {"text": "regretted words"})
    assert b"regretted words" in (tmp_path / "forum.db").read_bytes()
    here.forget(ada, {})
    assert b"regretted words" not in (tmp_path / "forum.db").read_bytes()
    db.close()
