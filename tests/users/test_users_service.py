"""Our own users: found, recognised by their password, and refused without telling why."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator

import bcrypt
import pytest

from gatepass.kernel.secret import Secret
from gatepass.server.audit.events import recent
from gatepass.server.master import MasterSecret
from gatepass.server.store import Sql, Stale, Store
from gatepass.server.users import hashing
from gatepass.server.users.errors import UserConflict
from gatepass.server.users.hashing import Hashed, parse
from gatepass.server.users.identifiers import Names, typed
from gatepass.server.users.lanes import Asker
from gatepass.server.users.model import User
from gatepass.server.users.recognition import Attempt, Recognised
from gatepass.server.users.service import Users
from tests.support.people import MASTER, OTHER_PASSWORD, PASSWORD, WRONG_PASSWORD, People, hashed_once, people


@pytest.fixture
async def room(store: Store) -> AsyncIterator[People]:
    room = people(store)
    yield room
    await room.queue.close()


def attempt(identifier: str, password: str = PASSWORD) -> Attempt:
    return Attempt(identifier, password, Asker("192.0.2.1", identifier))


def old_hash(password: str = PASSWORD) -> Hashed:
    return parse(bcrypt.hashpw(password.encode(), bcrypt.gensalt(10)).decode())


async def test_a_user_is_found_by_subject_by_name_and_by_address(room: People) -> None:
    anna = await room.add("Anna", "Anna@Example.com", name="Anna Lena", scopes=["pension:read"])
    assert anna == User(
        subject=anna.subject,
        username="Anna",
        email="Anna@example.com",
        name="Anna Lena",
        scopes=("email", "pension:read", "profile"),
        created_at=1_800_000_000,
    )
    assert await room.users.find(anna.subject) == anna
    assert await room.users.named(typed("ANNA")) == anna
    assert await room.users.named(typed(" anna@EXAMPLE.com ")) == anna


@pytest.mark.parametrize("nobody", ["", "bert", "anna\x00", "\ud800", "' OR 1=1 --", "anna@example.com", "x" * 10_000])
async def test_nobody_is_found_by_what_nobody_has(room: People, nobody: str) -> None:
    await room.add("anna")
    assert await room.users.find(nobody) is None
    assert await room.users.named(typed(nobody)) is None
    assert await room.users.recognise(attempt(nobody)) is None


async def test_a_missing_user_is_a_conflict_for_those_who_need_one(room: People) -> None:
    with pytest.raises(UserConflict, match="user_not_found"):
        await room.users.required("nobody")


async def test_everybody_is_listed_oldest_first_each_with_all_scopes(room: People) -> None:
    added = []
    for number in range(5):
        added.append(await room.add(f"user{number}", scopes=[f"scope:{n}" for n in range(number)]))
        room.time.pass_(1)
    assert [user async for user in room.users.everybody()] == added
    assert added[4].scopes == ("email", "profile", "scope:0", "scope:1", "scope:2", "scope:3")


async def test_nobody_is_listed_when_there_is_nobody(room: People) -> None:
    assert [user async for user in room.users.everybody()] == []


@pytest.mark.parametrize("identifier", ["anna", "ANNA ", "ａｎｎａ", "anna@example.com", "ANNA@example.com"])
async def test_name_or_address_and_password_are_recognised(room: People, identifier: str) -> None:
    anna = await room.add("anna", "anna@example.com")
    assert await room.users.authenticate(identifier, PASSWORD) == anna
    assert room.time.waits == []


@pytest.mark.parametrize(
    "password", ["", WRONG_PASSWORD, PASSWORD + " ", PASSWORD.upper(), PASSWORD[:-1], "\ud800", "x" * 513, "\x00"]
)
async def test_a_wrong_password_is_nobody(room: People, password: str) -> None:
    await room.add("anna")
    assert await room.users.authenticate("anna", password) is None


async def test_the_password_may_be_typed_composed_or_decomposed(room: People) -> None:
    await room.add("anna", hashed=hashed_once("crème brûlée for 4 kings"))
    assert await room.users.authenticate("anna", "cre\u0300me bru\u0302le\u0301e for 4 kings")


async def test_a_disabled_user_is_told_so_only_with_the_right_password(room: People) -> None:
    anna = await room.add("anna")
    await room.store.write(*room.users.changes.disabling(anna.subject, now=1))
    found = await room.users.recognise(attempt("anna"))
    assert found is not None
    assert found.user.disabled
    assert found.calls == []
    assert await room.users.recognise(attempt("anna", WRONG_PASSWORD)) is None


# When a refusal leaves


SLOW = {hashing.CURRENT: 0.03, "bcrypt 10": 0.4}


@pytest.mark.parametrize("identifier", ["anna", "bert", "nobody", "no@body.example", "\x00"])
async def test_every_refusal_leaves_at_admission_to_a_thread_plus_the_slowest_scheme(
    room: People, identifier: str
) -> None:
    """A missing user, a wrong password under today's scheme, one under the old: all in one moment."""
    await room.add("anna")
    await room.add("bert", hashed=old_hash())
    room.time.costs.update(SLOW)
    await room.users.calibrate()
    began = room.time.ticks()
    assert await room.users.recognise(attempt(identifier, WRONG_PASSWORD)) is None
    assert room.time.ticks() - began == pytest.approx(0.4 * 1.25)


async def test_the_slowest_scheme_counts_in_whatever_order_they_are_measured(room: People) -> None:
    await room.add("bert", hashed=old_hash())
    room.time.costs.update({hashing.CURRENT: 0.4, "bcrypt 10": 0.03})
    await room.users.calibrate()
    began = room.time.ticks()
    assert await room.users.recognise(attempt("bert", WRONG_PASSWORD)) is None
    assert room.time.ticks() - began == pytest.approx(0.4 * 1.25)


class Starved(dict[str, float]):
    """The first hash is kept waiting in the middle, as threads of low priority are on a busy machine."""

    def get(self, scheme: str, default: float | None = 0.0, /) -> float:  # type: ignore[override]
        return self.pop("first", 0.03)


async def test_one_starved_measurement_does_not_slow_every_refusal_until_the_restart(room: People) -> None:
    room.time.costs = Starved(first=9.0)
    await room.users.calibrate()
    began = room.time.ticks()
    assert await room.users.recognise(attempt("nobody")) is None
    assert room.time.ticks() - began == pytest.approx(0.03 * 1.25, abs=1e-6)


async def test_a_scheme_that_takes_seconds_is_no_exception(room: People) -> None:
    """The dearest hash that an import takes, on a slow machine."""
    await room.add("anna")
    await room.add("bert", hashed=old_hash())
    room.time.costs.update({hashing.CURRENT: 0.03, "bcrypt 10": 4.0})
    await room.users.calibrate()
    took = []
    for identifier in ("anna", "bert", "nobody"):
        began = room.time.ticks()
        assert await room.users.recognise(attempt(identifier, WRONG_PASSWORD)) is None
        took.append(room.time.ticks() - began)
    assert took == [pytest.approx(5.0)] * 3


async def test_no_measurement_makes_a_refusal_wait_longer_than_ten_seconds(room: People) -> None:
    room.time.costs[hashing.CURRENT] = 90.0
    await room.users.calibrate()
    room.time.costs.clear()
    began = room.time.ticks()
    assert await room.users.recognise(attempt("nobody")) is None
    assert room.time.ticks() - began == pytest.approx(10.0)


async def test_a_machine_that_was_busy_at_the_start_is_not_taken_for_slow_for_ever(room: People) -> None:
    room.time.costs[hashing.CURRENT] = 9.0
    await room.users.calibrate()
    room.time.costs[hashing.CURRENT] = 0.03
    await room.users.calibrate()
    room.time.costs[hashing.CURRENT] = 9.0
    await room.users.calibrate()
    room.time.costs.clear()
    began = room.time.ticks()
    assert await room.users.recognise(attempt("nobody")) is None
    assert room.time.ticks() - began == pytest.approx(0.03 * 1.25, abs=1e-6)


async def test_the_moment_counts_from_admission_not_from_arrival(room: People) -> None:
    room.time.costs.update(SLOW)
    await room.users.calibrate()
    async with room.queue.turn():
        waiting = asyncio.create_task(room.users.recognise(attempt("nobody")))
        for _ in range(10):
            await asyncio.sleep(0)
        room.time.pass_(1.5)
    assert await waiting is None
    assert room.time.waits == [pytest.approx(0.03 * 0.25)]


async def test_no_thread_is_held_while_a_refusal_waits_for_its_moment(room: People) -> None:
    await room.add("bert", hashed=old_hash())
    room.time.costs.update(SLOW)
    await room.users.calibrate()
    free: list[bool] = []

    async def wait(_: float) -> None:
        free.append(await room.queue.run(lambda: True))

    users = Users(room.store, MASTER, room.queue, ticks=room.time.ticks, wait=wait)
    assert await users.recognise(attempt("nobody")) is None
    assert free == [True]


@pytest.mark.parametrize("busy", [1.1, 2.0, 3.9])
async def test_on_a_busy_machine_all_refusals_take_as_long_as_the_slowest_scheme_would_now(
    room: People, busy: float
) -> None:
    """Else the slow hash of one user would be late, and the quick one of nobody in time."""
    await room.add("anna")
    await room.add("bert", hashed=old_hash())
    room.time.costs.update(SLOW)
    await room.users.calibrate()
    room.time.costs.update({scheme: busy * cost for scheme, cost in SLOW.items()})
    took = []
    for identifier in ("nobody", "bert", "anna"):
        began = room.time.ticks()
        assert await room.users.recognise(attempt(identifier, WRONG_PASSWORD)) is None
        took.append(room.time.ticks() - began)
    assert took == [pytest.approx(busy * 0.4 * 1.25, rel=0.05)] * 3


# Good sign-ins and what may happen beside them


async def recognised(room: People, identifier: str, password: str = PASSWORD) -> Recognised:
    found = await room.users.recognise(attempt(identifier, password))
    assert found is not None
    return found


async def test_an_imported_hash_is_upgraded_by_the_unit_of_the_sign_in(room: People) -> None:
    bert = await room.add("bert", hashed=old_hash())
    found = await recognised(room, "bert")
    assert found.upgraded
    await room.store.write(*found.calls)
    account = await room.users.required(bert.subject)
    assert parse(account.hash).scheme == hashing.CURRENT
    assert not (await recognised(room, "bert")).upgraded


async def test_authenticate_alone_upgrades_as_well_and_says_so_in_the_audit(room: People, store: Store) -> None:
    bert = await room.add("bert", hashed=old_hash())
    assert await room.users.authenticate("bert", PASSWORD) == bert
    assert parse((await room.users.required(bert.subject)).hash).scheme == hashing.CURRENT
    assert [line.name for line in await recent(store, user=bert.subject)] == ["password_upgraded"]


async def test_an_upgrade_cannot_undo_a_password_change(room: People) -> None:
    bert = await room.add("bert", hashed=old_hash())
    signing_in = await recognised(room, "bert")
    account = await room.users.required(bert.subject)
    await room.store.write(*room.users.changes.setting_password(account, hashed_once(OTHER_PASSWORD), now=1))
    with pytest.raises(Stale):
        await room.store.write(*signing_in.calls)
    assert await room.users.authenticate("bert", OTHER_PASSWORD)
    assert await room.users.authenticate("bert", PASSWORD) is None


@pytest.mark.parametrize("what", ["changed", "disabled", "deleted"])
async def test_a_sign_in_under_way_starts_nothing_once_the_account_was(room: People, what: str) -> None:
    anna = await room.add("anna")
    signing_in = await recognised(room, "anna")
    changes = room.users.changes
    account = await room.users.required(anna.subject)
    calls = {
        "changed": changes.setting_password(account, hashed_once(OTHER_PASSWORD), now=1),
        "disabled": changes.disabling(anna.subject, now=1),
        "deleted": changes.deleting(anna.subject),
    }
    await room.store.write(*calls[what])
    with pytest.raises(Stale) as stale:
        await room.store.write(*signing_in.calls)
    assert stale.value.call is signing_in.calls[0]


async def test_a_hash_that_was_edited_by_hand_is_nobodys_password(room: People) -> None:
    await room.add("anna", hashed=Hashed("plain text", "argon2", "none"))
    assert await room.users.recognise(attempt("anna", "plain text")) is None


async def test_nothing_that_is_printed_shows_a_password_or_a_hash(room: People) -> None:
    anna = await room.add("anna")
    found = await recognised(room, "anna")
    account = await room.users.required(anna.subject)
    for shown in map(repr, (attempt("anna"), found, account, found.calls)):
        assert PASSWORD not in shown
        assert account.hash not in shown


# Names


@pytest.mark.parametrize(
    ("username", "email"),
    [("ANNA", None), ("ａnna", "other@example.com"), (None, "ANNA@example.com"), ("b", "anna@EXAMPLE.com")],
)
async def test_a_name_or_address_is_taken_once(room: People, username: str | None, email: str | None) -> None:
    await room.add("anna", "anna@example.com")
    with pytest.raises(Stale):
        await room.add(username, email)


async def test_a_name_stays_reserved_when_its_user_is_gone_and_an_address_does_not(room: People) -> None:
    anna = await room.add("anna", "anna@example.com")
    await room.store.write(*room.users.changes.deleting(anna.subject))
    with pytest.raises(Stale):
        await room.add("Anna", None)
    assert await room.users.find(anna.subject) is None
    assert (await room.add("bert", "anna@example.com")).subject != anna.subject


async def test_a_name_stays_reserved_when_the_secret_is_changed(room: People) -> None:
    anna = await room.add("anna")
    await room.store.write(*room.users.changes.deleting(anna.subject))
    newer = people(room.store, master=MasterSecret(Secret(b"n" * 32), version=2, previous={1: Secret(b"m" * 32)}))
    changes = newer.users.changes
    assert await changes.is_reserved(Names.parse("ANNA", None).username)
    assert not await changes.is_reserved(Names.parse("bert", None).username)
    assert not await changes.is_reserved(None)
    await newer.queue.close()


async def test_the_reserved_name_cannot_be_read_from_the_database(room: People) -> None:
    anna = await room.add("anna")
    await room.store.write(*room.users.changes.deleting(anna.subject))
    rows = await room.store.read(Sql("SELECT tombstone FROM reserved_usernames")())
    assert len(rows) == 1
    assert hashlib.sha256(b"anna").digest() != rows[0][0]
    assert b"anna" not in rows[0][0]


async def test_a_scheme_that_an_import_brought_is_measured_when_it_is_first_met(room: People) -> None:
    await room.users.calibrate()
    await room.add("bert", hashed=old_hash())
    room.time.costs.update(SLOW)
    assert await room.users.recognise(attempt("bert", WRONG_PASSWORD)) is None
    began = room.time.ticks()
    assert await room.users.recognise(attempt("nobody")) is None
    assert room.time.ticks() - began == pytest.approx(0.4 * 1.25)


async def test_who_leaves_while_a_scheme_is_measured_leaves_it_to_the_next(room: People) -> None:
    """Else one broken connection would let everybody tell imported users by the clock, until the next start."""
    await room.add("bert", hashed=old_hash())
    room.time.costs.update(SLOW)
    measuring, go_on = threading.Event(), threading.Event()

    def verify(password: str, hashed: Hashed) -> bool:
        measuring.set()
        go_on.wait(10)
        return room.time.verify(password, hashed)

    users = Users(room.store, MASTER, room.queue, ticks=room.time.ticks, wait=room.time.wait, verify=verify)
    leaving = asyncio.create_task(users.recognise(attempt("bert", WRONG_PASSWORD)))
    await asyncio.to_thread(measuring.wait, 10)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    go_on.set()
    assert await users.recognise(attempt("bert", WRONG_PASSWORD)) is None
    began = room.time.ticks()
    assert await users.recognise(attempt("nobody")) is None
    assert room.time.ticks() - began == pytest.approx(0.4 * 1.25)
