"""Tokens in the chat room: when another one is asked for, which will do, and when somebody has to go."""

import pytest

from gatepass import Identity
from gatepass.demo.sites.chat import protocol
from gatepass.demo.sites.chat.protocol import Close
from gatepass.demo.sites.chat.room import ASKED_BEFORE, BURST, CHANCE, TOLERATED, Room
from tests.support.chat import LIFETIME, START, Enter, heard, kinds, say, show, somebody


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
    room.tick(START + 2 * LIFETIME - 10)
    assert [(one["why"], one["seconds"]) for one in heard(ada)] == [("token_expired", 1)]
    room.tick(START + 2 * LIFETIME - 9)
    assert ada.closing == protocol.TOKEN_EXPIRED


def test_a_token_that_comes_too_late_does_not_bring_a_seat_back(room: Room, enter: Enter) -> None:
    """The gate has taken its time, and nobody has looked at the clock meanwhile."""
    ada = enter()
    assert not room.renew(ada, somebody(issued=START + LIFETIME), START + LIFETIME)
    assert (heard(ada), ada.closing) == ([], protocol.TOKEN_EXPIRED)


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
    assert heard(ada) == []
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


def test_in_place_of_a_revoked_token_any_will_do_that_has_not_ended(room: Room, enter: Enter) -> None:
    ada = enter()
    room.revoke(ada, START)
    heard(ada)
    assert room.renew(ada, somebody(lifetime=LIFETIME - 1), START + 1)
    assert kinds(heard(ada)) == ["renewed"]


@pytest.mark.parametrize("said", [[], ["While she was here"]])
def test_who_shows_another_token_reads_nothing_twice(room: Room, enter: Enter, said: list[str]) -> None:
    ben = enter("ben-1")
    room.hear(ben, say("Before Ada came"), START)
    ada = enter("ada-1")
    for text in said:
        room.hear(ben, say(text), START)
    heard(ada)
    room.revoke(ada, START + 1)
    heard(ada)
    assert room.renew(ada, somebody(), START + 2)
    assert kinds(heard(ada)) == ["renewed"]


def test_who_is_asked_for_a_token_because_it_was_revoked_is_not_asked_because_it_ends(room: Room, enter: Enter) -> None:
    ada = enter()
    room.revoke(ada, START + LIFETIME - ASKED_BEFORE - 1)
    heard(ada)
    room.tick(START + LIFETIME - ASKED_BEFORE + 1)
    assert heard(ada) == []


def test_the_chance_is_not_made_longer_by_being_revoked_again(room: Room, enter: Enter) -> None:
    ada = enter()
    room.revoke(ada, START)
    room.revoke(ada, START + CHANCE - 1)
    room.tick(START + CHANCE)
    assert ada.closing == protocol.TOKEN_REVOKED
    assert not room.renew(ada, somebody(issued=START + 1), START + CHANCE)


def test_a_token_is_handed_out_to_be_looked_at_and_never_written(room: Room, enter: Enter) -> None:
    ada = enter()
    shown = room.hear(ada, show("eyJ.secret.part"), START)
    assert shown is not None
    assert shown.token == "eyJ.secret.part"
    assert "secret" not in repr(shown)
    assert heard(ada) == []


def test_tokens_are_limited_like_messages(room: Room, enter: Enter) -> None:
    ada = enter()
    looked_at = [room.hear(ada, show("x"), START) for _ in range(100)]
    assert ada.closing == protocol.TOO_MANY_MESSAGES
    assert len([one for one in looked_at if one is not None]) <= BURST + TOLERATED
