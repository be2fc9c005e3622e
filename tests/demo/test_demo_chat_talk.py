"""The chat's WebSocket behind its gate, in memory: handshakes, tokens in place, and what the gate says later."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gatepass.demo.sites.chat.room import CHANCE, OUTBOX
from tests.support.chat import LIFETIME, PLACES, AuthServer, Chatting, Tab, kinds, say, settle, show

EVIL = "http://evil.localhost"


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chatting]:
    chat = Chatting(tmp_path)
    yield chat
    chat.db.close()


async def test_two_people_talk(chat: Chatting) -> None:
    ada, ben = await chat.tab("ada-1"), await chat.tab("ben-1")
    assert kinds(ben.take()) == ["welcome"]
    await ada.send(say("Hello"))
    assert [(one["name"], one["text"]) for one in ben.take()] == [("Ada", "Hello")]
    await ada.leave()
    await chat.pass_seconds(0.5)
    assert [[one["name"] for one in told["people"]] for told in ben.take()] == [["Ben"]]
    await ben.leave()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer nonsense"}, 401),
        ({"authorization": "Basic YTpi"}, 401),
        ({"sec-websocket-protocol": "bearer, {token}"}, 401),
        ({"authorization": "Bearer {elsewhere}"}, 401),
        ({"authorization": "Bearer {ended}"}, 401),
        ({"authorization": "Bearer {program}"}, 403),
        ({"authorization": "Bearer {token}"}, 101),
        ({"authorization": "Bearer {token}", "origin": EVIL}, 101),  # no page of another site can send this header
        ({"cookie": "{name}={token}"}, 403),
        ({"cookie": "{name}={token}", "origin": EVIL}, 403),
        ({"cookie": "{name}={token}", "origin": "null"}, 403),
        ({"cookie": "{name}={token}", "origin": PLACES.forum}, 403),
        ({"cookie": "{name}={token}", "origin": PLACES.chat}, 101),
        ({"cookie": "{name}={token}", "origin": PLACES.chat, "sec-fetch-site": "cross-site"}, 403),
        ({"cookie": "{name}={token}", "origin": PLACES.chat, "sec-fetch-site": "same-site"}, 403),
        ({"cookie": "{name}={token}", "origin": PLACES.chat, "sec-fetch-site": "same-origin"}, 101),
        ({"cookie": "{name}={ended}", "origin": PLACES.chat}, 401),
        ({"cookie": "{name}={token}; {name}={token}", "origin": PLACES.chat}, 400),
    ],
)
async def test_the_gate_looks_at_each_handshake(chat: Chatting, headers: dict[str, str], status: int) -> None:
    words = {
        "name": chat.cookie.cookie.rule.name,
        "token": chat.token(),
        "ended": chat.token(lifetime=-1),
        "elsewhere": chat.token(audience=PLACES.bank),
        "program": chat.token("robot", client_id="robot"),
    }
    tab = Tab(chat.app, {name: value.format(**words) for name, value in headers.items()})
    assert await tab.opened() == status
    assert bool(chat.room.seats) == (status == 101)
    if status == 101:
        await tab.leave()
    assert chat.room.seats == []


async def test_a_token_is_renewed_in_place(chat: Chatting) -> None:
    ada, ben = await chat.tab("ada-1"), await chat.tab("ben-1", lifetime=3_600)
    await chat.pass_seconds(LIFETIME - 20)
    assert kinds(ada.take()) == ["welcome", "refresh", "people"]
    await ada.send(show(chat.token("ada-1")))
    (renewed,) = ada.take()
    assert (renewed["type"], renewed["until"]) == ("renewed", chat.clock.now + LIFETIME)
    await chat.pass_seconds(25)
    await ada.send(say("Still here"))
    assert (kinds(ada.take()), ada.closed) == (["said"], None)
    assert ben.take()[-1]["text"] == "Still here"
    await ada.leave()
    await ben.leave()


async def test_who_shows_no_other_token_is_closed_at_the_end(chat: Chatting) -> None:
    ada = await chat.tab()
    await chat.pass_seconds(LIFETIME - 20)
    assert ada.closed is None
    await chat.pass_seconds(20)
    assert ada.closed == (4401, "token_expired")
    await ada.task
    assert chat.room.seats == []


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ("nonsense", "malformed_token"),
        ("", "malformed_token"),
        ("a\r\nx-admin: 1", "malformed_token"),
        ("é", "malformed_token"),
        ("{ended}", "token_expired"),
        ("{elsewhere}", "wrong_audience"),
        ("{stranger}", "unknown_key"),
        ("{changed}", "bad_signature"),
        ("{program}", "person_required"),
        ("{ben}", "other_person"),
        ("{old}", "ends_sooner"),
    ],
)
async def test_a_token_that_is_no_good_is_refused_in_words_and_never_repeated(
    chat: Chatting, shown: str, code: str, tmp_path: Path
) -> None:
    ada = await chat.tab("ada-1")
    ada.take()
    other, same = tmp_path / "other", chat.token(lifetime=900)
    other.mkdir()
    stranger = Chatting(other)
    words = {
        "old": chat.token("ada-1", lifetime=LIFETIME - 1),
        "ended": chat.token(lifetime=-1),
        "elsewhere": chat.token(audience=PLACES.bank),
        "program": chat.token("robot", client_id="robot"),
        "ben": chat.token("ben-1", lifetime=900),
        "stranger": stranger.token(lifetime=900),
        "changed": same[:-2] + ("A" if same[-2] != "A" else "B") + same[-1],
    }
    token = shown.format(**words)
    await ada.send(show(token))
    assert kinds(answers := ada.take()) == [code]
    assert not token or token not in str(answers)
    await ada.send(say("Not disturbed"))
    assert kinds(ada.take()) == ["said"]
    await ada.leave()
    stranger.db.close()


async def test_a_revoked_token_is_muted_and_closed(chat: Chatting) -> None:
    token = chat.token("ada-1")
    ada, ben = Tab(chat.app, {"authorization": f"Bearer {token}"}), await chat.tab("ben-1")
    await ada.opened()
    chat.issuer.revoke(token)
    await chat.pass_seconds(0.5)
    assert ada.take()[-1] == {"type": "refresh", "why": "token_revoked", "seconds": CHANCE}
    ben.take()
    await ada.send(say("I am not gone"), show(token))
    await ben.send(say("Between us"))
    assert kinds(ada.take()) == ["token_revoked", "token_revoked"]
    assert [one["text"] for one in ben.take()] == ["Between us"]
    await chat.pass_seconds(CHANCE)
    assert ada.closed == (4403, "token_revoked")
    assert ben.closed is None
    await ben.leave()


async def test_who_signs_in_again_in_time_stays_with_another_token(chat: Chatting) -> None:
    token = chat.token("ada-1")
    ada = Tab(chat.app, {"authorization": f"Bearer {token}"})
    await ada.opened()
    chat.issuer.revoke(token)
    await chat.pass_seconds(0.5)
    await ada.send(show(chat.token("ada-1")))
    await chat.pass_seconds(CHANCE + 1)
    assert kinds(ada.take()) == ["welcome", "refresh", "renewed"]
    assert ada.closed is None
    await ada.leave()


async def test_a_cookie_is_asked_about_again_like_a_header(chat: Chatting) -> None:
    token = chat.token()
    ada = Tab(chat.app, {"cookie": f"{chat.cookie.cookie.rule.name}={token}", "origin": PLACES.chat})
    await ada.opened()
    await chat.pass_seconds(0.5)
    assert kinds(ada.take()) == ["welcome", "people"]
    chat.issuer.revoke(token)
    await chat.pass_seconds(0.5)
    assert kinds(ada.take()) == ["refresh"]
    await ada.leave()


async def test_when_nobody_can_tell_sockets_are_closed_to_try_again_and_nobody_is_signed_out(tmp_path: Path) -> None:
    """The gate goes on with what it holds for as long as it may; then it answers 503."""
    auth = AuthServer()
    chat = Chatting(tmp_path, trust=auth)
    auth.keys = chat.issuer.keys
    ada = await chat.tab(lifetime=9_000)
    assert ada.status == 101
    auth.away = True
    await chat.pass_seconds(30)
    assert (ada.closed, kinds(ada.take())) == (None, ["welcome", "people"])
    await chat.pass_seconds(3_600)
    assert (ada.closed, ada.take()) == ((1013, "status_unknown"), [])
    assert await Tab(chat.app, {"authorization": f"Bearer {chat.token()}"}).opened() == 503
    auth.away = False
    chat.clock.now += 60
    assert (await chat.tab()).status == 101
    chat.db.close()


async def test_too_much_is_closed(chat: Chatting) -> None:
    binary, long, odd = [await chat.tab(f"{name}-1") for name in ("ada", "ben", "cat")]
    await binary.send(bytes=b'{"type":"say","text":"a"}')
    await long.send(say("x" * 10_000))
    await odd.send("odd")
    assert binary.closed == (1003, "text_only")
    assert long.closed == (1009, "message_too_long")
    assert odd.closed == (1008, "malformed_message")
    assert chat.room.closed == {"text_only": 1, "message_too_long": 1, "malformed_message": 1}


async def test_who_does_not_read_holds_up_nobody(chat: Chatting) -> None:
    slow, ben = await chat.tab("slow-1", lifetime=9_000), await chat.tab("ben-1", lifetime=9_000)
    slow.reading.clear()
    for number in range(OUTBOX + 3):
        chat.clock.now += 2
        await ben.send(say(str(number)))
        assert ben.take()[-1]["text"] == str(number)
    (seat,) = [one for one in chat.room.seats if one.who.subject == "slow-1"]
    assert not seat.outbox
    slow.reading.set()
    await settle()
    assert slow.closed == (4408, "slow_reader")
    await ben.leave()


async def test_nobody_stays_who_is_not_watched(tmp_path: Path) -> None:
    broken = asyncio.Event()

    async def pause(seconds: float) -> None:
        await broken.wait()
        raise asyncio.CancelledError

    chat = Chatting(tmp_path, pause=pause)
    ada = await chat.tab()
    broken.set()
    await settle()
    assert ada.closed == (1013, "status_unknown")
    chat.db.close()
