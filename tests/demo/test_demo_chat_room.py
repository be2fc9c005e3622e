"""The chat room: who reads what, and when somebody has to go. Time is an argument."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatepass import Identity
from gatepass.demo.sites.chat import protocol
from gatepass.demo.sites.chat.log import KEPT, Log
from gatepass.demo.sites.chat.protocol import Close
from gatepass.demo.sites.chat.room import (
    ASKED_BEFORE,
    BURST,
    CHANCE,
    OUTBOX,
    SCOPE,
    SEATS,
    SEATS_EACH,
    TOLERATED,
    Room,
    Seat,
)
from tests.support.chat import LIFETIME, START, heard, kinds, log, say, show

Enter = Callable[..., Seat]


def somebody(subject: str = "ada-1", **words: Any) -> Identity:
    """What the gate says of a token."""
    lifetime, issued = words.pop("lifetime", LIFETIME), words.pop("issued", START)
    words = {"issuer": "https://id.test", "name": subject.partition("-")[0].title(), "scopes": {SCOPE}, **words}
    scopes = frozenset(words.pop("scopes"))
    return Identity(subject, scopes=scopes, claims={"iat": issued, "exp": issued + lifetime}, **words)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Log]:
    db, kept = log(tmp_path)
    yield kept
    db.close()


@pytest.fixture
def room(kept: Log) -> Room:
    return Room(kept)


@pytest.fixture
def enter(room: Room) -> Enter:
    """Lets somebody in who has read the welcome."""

    def enter(subject: str = "ada-1", now: float = START, **words: Any) -> Seat:
        seat = room.enter(somebody(subject, **words), lambda: None, now)
        heard(seat)
        return seat

    return enter


def test_a_message_is_read_by_all_and_by_the_one_who_said_it(room: Room, enter: Enter) -> None:
    ada, ben = enter("ada-1"), enter("ben-1")
    assert room.hear(ada, say("Is anybody there?"), START) is None
    for seat in (ada, ben):
        (said,) = heard(seat)
        assert (said["type"], said["name"], said["text"]) == ("said", "Ada", "Is anybody there?")
        assert said["by"] == ada.person.id


def test_the_welcome_says_who_one_is_who_is_here_and_what_was_said(room: Room, enter: Enter) -> None:
    ada = enter("ada-1")
    room.hear(ada, say("Hello"), START)
    (welcome,) = heard_by_entering(room, "ben-1", START + 10)
    assert (welcome["type"], welcome["may_speak"]) == ("welcome", True)
    assert (welcome["until"], welcome["seconds"]) == (START + LIFETIME, LIFETIME - 10)
    assert [one["name"] for one in welcome["people"]] == ["Ada", "Ben"]
    assert [one["text"] for one in welcome["messages"]] == ["Hello"]
    assert welcome["you"] not in (ada.person.id, "ben-1")


def heard_by_entering(room: Room, subject: str, now: float) -> list[dict[str, Any]]:
    return heard(room.enter(somebody(subject), lambda: None, now))


def test_people_are_told_once_who_came_and_who_left(room: Room, enter: Enter) -> None:
    ada = enter("ada-1")
    room.tick(START)
    heard(ada)
    ben, tab = enter("ben-1"), enter("ben-1")
    room.tick(START)
    (told,) = heard(ada)
    assert [one["name"] for one in told["people"]] == ["Ada", "Ben"]
    room.leave(tab)
    room.tick(START)
    assert heard(ada) == []
    room.leave(ben)
    room.tick(START)
    assert [one["people"] for one in heard(ada)] == [[ada.person.shown()]]


@pytest.mark.parametrize(("lifetime", "before"), [(300, ASKED_BEFORE), (90, 30), (30, 10), (6, 2)])
def test_who_has_a_token_that_ends_is_asked_once_and_closed_at_the_end(
    room: Room, enter: Enter, lifetime: int, before: float
) -> None:
    ada = enter(lifetime=lifetime)
    end = START + lifetime
    room.tick(end - before - 0.5)
    assert kinds(heard(ada)) == ["people"]
    room.tick(end - before)
    room.tick(end - before + 0.5)
    assert heard(ada) == [{"type": "refresh", "why": "token_expired", "seconds": before}]
    room.tick(end - 0.5)
    assert ada.closing is None
    room.tick(end)
    assert ada.closing == protocol.TOKEN_EXPIRED == Close(4401, "token_expired")


def test_a_token_that_has_ended_says_and_reads_nothing_even_before_the_next_tick(room: Room, enter: Enter) -> None:
    ada, ben = enter("ada-1", lifetime=100), enter("ben-1")
    room.hear(ben, say("Too late for Ada"), START + 100)
    assert heard(ada) == []
    heard(ben)
    room.hear(ada, say("Too late"), START + 100)
    assert (heard(ben), ada.closing) == ([], protocol.TOKEN_EXPIRED)


def test_another_token_of_the_same_person_takes_the_place_of_the_one_before(room: Room, enter: Enter) -> None:
    ada = enter()
    room.tick(START + LIFETIME - 10)
    heard(ada)
    assert room.renew(ada, somebody(issued=START + LIFETIME - 9, scopes=()), START + LIFETIME - 9)
    (renewed,) = heard(ada)
    assert (renewed["type"], renewed["seconds"], renewed["may_speak"]) == ("renewed", LIFETIME, False)
    room.tick(START + LIFETIME)
    assert (heard(ada), ada.closing) == ([], None)
    room.tick(START + 2 * LIFETIME - 9)
    assert ada.closing == protocol.TOKEN_EXPIRED


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (somebody("ben-1", issued=START + 50), "other_person"),
        (somebody("ada-1", issued=START + 50, issuer="https://id.elsewhere"), "other_person"),
        (somebody(issued=START - 1), "ends_sooner"),
    ],
)
def test_a_token_that_is_no_good_here_changes_nothing(room: Room, enter: Enter, other: Identity, code: str) -> None:
    ada = enter()
    assert not room.renew(ada, other, START + 60)
    assert kinds(heard(ada)) == [code]
    assert (ada.until, ada.closing) == (START + LIFETIME, None)


def test_who_shows_the_same_token_again_is_not_asked_again(room: Room, enter: Enter) -> None:
    ada = enter()
    room.tick(START + LIFETIME - 10)
    assert room.renew(ada, somebody(), START + LIFETIME - 9)
    heard(ada)
    room.tick(START + LIFETIME - 8)
    assert heard(ada) == []
    room.tick(START + LIFETIME)
    assert ada.closing == protocol.TOKEN_EXPIRED


def test_a_revoked_token_mutes_at_once_and_closes_after_a_chance(room: Room, enter: Enter) -> None:
    ada, ben = enter("ada-1"), enter("ben-1")
    room.hear(ben, say("Not sent yet"), START)
    heard(ben)
    room.revoke(ada, START)
    assert heard(ada) == [{"type": "refresh", "why": "token_revoked", "seconds": CHANCE}]
    room.hear(ben, say("Between us"), START + 1)
    heard(ben)
    assert heard(ada) == []
    room.hear(ada, say("I am still here"), START + 1)
    assert (heard(ben), kinds(heard(ada))) == ([], ["token_revoked"])
    room.tick(START + CHANCE - 0.5)
    assert ada.closing is None
    assert [one["people"] for one in heard(ben)] == [[ben.person.shown()]]
    room.tick(START + CHANCE)
    assert ada.closing == protocol.TOKEN_REVOKED == Close(4403, "token_revoked")


def test_who_shows_another_token_in_time_reads_what_was_said_meanwhile(room: Room, enter: Enter) -> None:
    ada, ben = enter("ada-1"), enter("ben-1")
    room.revoke(ada, START)
    heard(ada)
    room.hear(ben, say("Meanwhile"), START + 1)
    assert room.renew(ada, somebody(), START + 2)
    assert [one.get("text", one["type"]) for one in heard(ada)] == ["renewed", "Meanwhile"]
    room.tick(START + CHANCE + 1)
    assert ada.closing is None


def test_the_chance_is_not_made_longer_by_being_revoked_again(room: Room, enter: Enter) -> None:
    ada = enter()
    room.revoke(ada, START)
    room.revoke(ada, START + CHANCE - 1)
    room.tick(START + CHANCE)
    assert ada.closing == protocol.TOKEN_REVOKED
    assert not room.renew(ada, somebody(issued=START + 1), START + CHANCE)


def test_without_the_scope_one_reads_and_does_not_speak(room: Room, enter: Enter) -> None:
    reader, ben = enter("ada-1", scopes={"forum:write"}), enter("ben-1")
    room.hear(ben, say("Hello"), START)
    room.hear(reader, say("Hello?"), START)
    assert kinds(heard(reader)) == ["said", "insufficient_scope"]
    assert kinds(heard(ben)) == ["said"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("  two\r\nlines\t ", "two lines"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("pay \u202e001\u202c coins", "pay 001 coins"),
        ("\u2066in\u2069 \u200fand\u200e out", "in and out"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("e\u0301", "é"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
    ],
)
def test_text_is_read_on_one_line_without_what_cannot_be_seen(room: Room, enter: Enter, text: str, read: str) -> None:
    ada = enter()
    room.hear(ada, say(text), START)
    assert [one["text"] for one in heard(ada)] == [read]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "no_text"), (" \u202e\u200d\n", "no_text"), ("x" * 501, "text_too_long"), ("x" * 4_000, "text_too_long")],
)
def test_text_that_is_none_is_refused_in_words(room: Room, enter: Enter, text: str, code: str) -> None:
    ada = enter()
    room.hear(ada, say(text), START)
    assert (kinds(heard(ada)), ada.closing) == ([code], None)


@pytest.mark.parametrize(
    ("message", "close"),
    [
        ("", protocol.MALFORMED),
        ("hello", protocol.MALFORMED),
        ("null", protocol.MALFORMED),
        ("[]", protocol.MALFORMED),
        ("{}", protocol.MALFORMED),
        ('{"type":"say"}', protocol.MALFORMED),
        ('{"type":"say","text":1}', protocol.MALFORMED),
        ('{"type":"say","text":"a","by":"ben"}', protocol.MALFORMED),
        ('{"type":"shout","text":"a"}', protocol.MALFORMED),
        ('{"type":"token","token":null}', protocol.MALFORMED),
        ('{"type":"say","text":"\\ud800"}', protocol.MALFORMED),
        ('{"type":"say","text":"\ud800"}', protocol.MALFORMED),
        ('{"type":"say","text":NaN}', protocol.MALFORMED),
        ("[" * 8_000, protocol.MALFORMED),
        ('{"type":"say","text":' + "[" * 8_000, protocol.MALFORMED),
        ('{"type":"say","x":' + "[" * 4_000 + "]" * 4_000 + ',"text":"a"}', protocol.MALFORMED),
        (say("x" * protocol.MAX_MESSAGE), protocol.TOO_LONG),
        ("é" * (protocol.MAX_MESSAGE // 2 + 1), protocol.TOO_LONG),
    ],
    ids=lambda value: str(value)[:24] if not isinstance(value, Close) else "",
)
def test_what_is_no_message_closes_the_socket(room: Room, enter: Enter, message: str, close: Close) -> None:
    ada, ben = enter("ada-1"), enter("ben-1")
    assert room.hear(ada, message, START) is None
    assert (ada.closing, heard(ben)) == (close, [])
    assert room.hear(ada, say("More"), START) is None
    assert heard(ben) == []


def test_a_token_is_handed_out_to_be_looked_at_and_never_written(room: Room, enter: Enter) -> None:
    ada = enter()
    shown = room.hear(ada, show("eyJ.secret.part"), START)
    assert shown is not None
    assert shown.token == "eyJ.secret.part"
    assert "secret" not in repr(shown)
    assert heard(ada) == []


def test_who_is_too_fast_is_told_and_who_does_not_stop_is_closed(room: Room, enter: Enter) -> None:
    ada, tab, ben = enter("ada-1"), enter("ada-1"), enter("ben-1")
    for number in range(int(BURST) - 2):  # each of the two sockets has cost one
        room.hear(ada, say(str(number)), START)
    assert kinds(heard(ben)) == ["said"] * (int(BURST) - 2)
    heard(ada)
    heard(tab)
    room.hear(tab, say("From my other tab"), START)
    assert kinds(heard(tab)) == ["too_fast"]
    room.hear(ada, say("A little later"), START + 3)
    assert kinds(heard(ada)) == ["said"]
    for _ in range(int(BURST + TOLERATED)):
        room.hear(ada, say("spam"), START + 3)
    assert ada.closing == protocol.TOO_MANY_MESSAGES
    assert ben.closing is None
    assert enter("ada-1", now=START + 4).closing == protocol.TOO_MANY_MESSAGES
    assert enter("ada-1", now=START + 30).closing is None


def test_tokens_are_limited_like_messages(room: Room, enter: Enter) -> None:
    ada = enter()
    looked_at = [room.hear(ada, show("x"), START) for _ in range(100)]
    assert ada.closing == protocol.TOO_MANY_MESSAGES
    assert len([one for one in looked_at if one is not None]) <= BURST + TOLERATED


def test_sockets_are_bounded_for_one_person_and_for_all(room: Room, enter: Enter) -> None:
    mine = [enter("ada-1") for _ in range(SEATS_EACH)]
    assert [one.closing for one in mine] == [None] * SEATS_EACH
    assert enter("ada-1").closing == protocol.TOO_MANY_SOCKETS
    for number in range(SEATS - SEATS_EACH):
        assert enter(f"guest-{number}").closing is None
    assert enter("ben-1").closing == protocol.ROOM_FULL
    assert len(room.seats) == SEATS
    room.leave(mine[0])
    assert enter("ben-1").closing is None


def test_who_does_not_read_is_closed_and_holds_up_nobody(room: Room, enter: Enter) -> None:
    ben = enter("ben-1")
    slow = room.enter(somebody("slow-1"), lambda: None, START)
    for number in range(OUTBOX + 1):
        room.hear(ben, say(str(number)), START + 2 * number)
        assert kinds(heard(ben)) == ["said"]
    assert slow.closing == protocol.SLOW_READER
    assert not slow.outbox


def test_messages_outlive_the_process_and_only_the_last_are_kept(tmp_path: Path) -> None:
    db, kept = log(tmp_path)
    for number in range(KEPT + 3):
        kept.keep("https://id.test", "ada-1", "Ada", str(number), 1)
    db.close()
    db, kept = log(tmp_path)
    assert [one.text for one in kept.messages()] == [str(number) for number in range(3, KEPT + 3)]
    assert kept.keep("https://id.test", "ada-1", "Ada", "next", 1).id == KEPT + 4
    db.close()


def test_what_is_read_is_on_disk(room: Room, enter: Enter, tmp_path: Path) -> None:
    """A process that is killed, or a power cut, takes nothing away that somebody has read."""
    elsewhere = sqlite3.connect(tmp_path / "chat.db")
    seen: list[tuple[str]] = []
    ada = enter()
    ada.wake = lambda: seen.extend(elsewhere.execute("SELECT text FROM messages"))
    room.hear(ada, say("Read this"), START)
    elsewhere.close()
    assert seen == [("Read this",)]


def test_what_cannot_be_kept_is_read_by_nobody(tmp_path: Path) -> None:
    db, kept = log(tmp_path)
    room = Room(kept)
    ada = room.enter(somebody(), lambda: None, START)
    heard(ada)
    blocking = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
    blocking.execute("BEGIN IMMEDIATE")
    db.execute("PRAGMA busy_timeout=0")
    room.hear(ada, say("Lost?"), START)
    assert kinds(heard(ada)) == ["not_kept"]
    blocking.close()
    room.hear(ada, say("Kept"), START)
    assert [one["text"] for one in heard(ada)] == ["Kept"]
    assert [one["text"] for one in room.messages()] == ["Kept"]
    db.close()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ({"name": "Ada", "username": "ada"}, "Ada"),
        ({"name": "Ada", "username": "ada2"}, "Ada (ada2)"),
        ({"name": None, "username": "ada"}, "ada"),
        ({"name": "Ada\u202e\nAdmin", "username": None}, "Ada Admin"),
        ({"name": "x" * 41, "username": "ada"}, "ada"),
    ],
)
def test_nobody_can_be_taken_for_another(room: Room, enter: Enter, words: dict[str, Any], name: str) -> None:
    assert enter(**words).person.name == name


def test_people_without_a_name_are_told_apart_without_their_subject(room: Room, enter: Enter) -> None:
    names = [enter(subject, name=None).person.name for subject in ("secret-1", "secret-2")]
    assert len(set(names)) == 2
    assert all(name.startswith("Somebody (") for name in names)
    assert "secret" not in json.dumps(room.people(START))


def test_one_person_of_two_issuers_is_two_people(room: Room, enter: Enter) -> None:
    enter("ada-1", issuer="https://id.test")
    enter("ada-1", issuer="https://id.elsewhere")
    assert len(room.people(START)) == 2
