"""The watch over the chat: it lasts as long as somebody is there, and what it hears of a token comes at any moment."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatepass import Identity
from tests.support.chat import LIFETIME, AuthServer, Away, Chatting, Tab, kinds, say, settle, show


class Asked(AuthServer):
    """Says of each token by its id whether it stands, as soon as it may.

    Attributes:
        ended: tokens that it has taken back; `slow`: those that it is asked about for long.
        meanwhile: what happens while it is asked.
    """

    def __init__(self) -> None:
        self.ended: set[str] = set()
        self.slow: dict[str, asyncio.Event] = {}
        self.meanwhile: Callable[[], None] = lambda: None

    async def is_live(self, identity: Identity) -> bool:
        self.meanwhile()
        name = identity.claims["jti"]
        if name in self.slow:
            await self.slow[name].wait()
        if self.away:
            raise Away("away")
        return name not in self.ended


@pytest.fixture
def auth() -> Asked:
    return Asked()


@pytest.fixture
def chat(auth: Asked, tmp_path: Path) -> Iterator[Chatting]:
    chat = Chatting(tmp_path, trust=auth)
    auth.keys = chat.issuer.keys
    yield chat
    chat.db.close()


async def test_what_is_said_of_a_token_that_was_replaced_meanwhile_counts_no_more(chat: Chatting, auth: Asked) -> None:
    ada = await chat.tab(jti="first")
    auth.slow["first"] = asyncio.Event()
    looking = asyncio.create_task(chat.pass_seconds(1))
    await settle()
    await ada.send(show(chat.token(jti="second")))
    auth.ended.add("first")
    auth.slow["first"].set()
    await looking
    await ada.send(say("Still here"))
    assert kinds(ada.take()) == ["welcome", "people", "renewed", "said"]
    await ada.leave()


async def test_a_token_that_was_not_taken_is_not_watched_in_place_of_the_one_that_counts(
    chat: Chatting, auth: Asked
) -> None:
    ada = await chat.tab("ada-1", jti="mine")
    await ada.send(show(chat.token("ben-1", jti="of-ben")))
    auth.ended.add("mine")
    await chat.pass_seconds(1)
    assert kinds(ada.take()) == ["welcome", "other_person", "refresh"]
    await ada.leave()


async def test_a_token_that_ends_while_the_gate_looks_at_it_has_ended_and_was_not_revoked(
    chat: Chatting, auth: Asked
) -> None:
    ada = await chat.tab()

    def end() -> None:
        chat.clock.now += LIFETIME

    auth.meanwhile = end
    await chat.pass_seconds(1)
    assert (kinds(ada.take()), ada.closed) == (["welcome", "people"], None)
    await chat.pass_seconds(1)
    assert ada.closed == (4401, "token_expired")


async def test_who_has_a_chance_to_show_another_token_keeps_it_when_nobody_can_tell(
    chat: Chatting, auth: Asked
) -> None:
    ada = await chat.tab(jti="first")
    auth.ended.add("first")
    await chat.pass_seconds(1)
    auth.away = True
    await chat.pass_seconds(1)
    auth.away = False
    await ada.send(show(chat.token()))
    assert (kinds(ada.take())[-1], ada.closed) == ("renewed", None)
    await ada.leave()


async def test_the_watch_ends_with_the_last_and_begins_again_with_the_next(tmp_path: Path) -> None:
    waiting: list[asyncio.Event] = []

    async def pause(seconds: float) -> None:
        waiting.append(asyncio.Event())
        await waiting[-1].wait()

    async def look() -> None:
        waiting[-1].set()
        await settle()

    chat = Chatting(tmp_path, pause=pause)
    await (await chat.tab("ada-1")).leave()
    await look()
    assert len(waiting) == 1
    token = chat.token("ben-1")
    ben = Tab(chat.app, {"authorization": f"Bearer {token}"})
    await ben.opened()
    chat.issuer.revoke(token)
    await look()
    assert kinds(ben.take())[-1] == "refresh"
    await ben.leave()
    await look()
    assert len(waiting) == 3
    chat.db.close()
