"""The chat room: who reads what, and when somebody has to go. Time is an argument."""

import gc
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gatepass.demo.sites.chat import protocol
from gatepass.demo.sites.chat.log import KEPT
from gatepass.demo.sites.chat.protocol import Close
from gatepass.demo.sites.chat.room import (
    BURST,
    OUTBOX,
    SEATS,
    SEATS_EACH,
    TOLERATED,
    Budget,
    Room,
)
from tests.support.chat import LIFETIME, START, Enter, heard, kinds, log, say, somebody


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


def test_a_seat_keeps_the_first_reason_to_be_closed(room: Room, enter: Enter) -> None:
    ada = enter()
    room.close(ada, protocol.TEXT_ONLY)
    room.close(ada, protocol.STATUS_UNKNOWN)
    room.tick(START + LIFETIME)
    assert (ada.closing, room.closed) == (protocol.TEXT_ONLY, {"text_only": 1})


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
        ('{"x":' + "[" * 4_000 + "]" * 4_000 + ',"type":"say","text":"a"}', protocol.MALFORMED),
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


def test_trying_again_and_again_keeps_nobody_out_for_longer(room: Room, enter: Enter) -> None:
    for _ in range(1_000):
        room.leave(enter())
    assert enter(now=START + TOLERATED).closing == protocol.TOO_MANY_MESSAGES
    assert enter(now=START + 2 * TOLERATED + 2).closing is None


def test_a_clock_that_is_set_back_takes_no_messages_away(room: Room, enter: Enter) -> None:
    ada = enter()
    room.hear(ada, say("Now"), START)
    room.hear(ada, say("An hour earlier"), START - 3_600)
    assert kinds(heard(ada)) == ["said", "said"]


def test_nothing_is_kept_of_who_has_been_quiet_for_long_enough(room: Room, enter: Enter) -> None:
    for number in range(100):
        room.leave(enter(f"guest-{number}"))
    room.tick(START + BURST)
    assert not [one for one in gc.get_objects() if isinstance(one, Budget) and one.at == START + BURST]


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
    enter("a-1", issuer="https://id.testad")
    assert len(room.people(START)) == 3
