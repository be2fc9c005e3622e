"""A chat in memory: its room, its endpoint, and tabs that are connected to it, with a clock that tests set."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from gatepass import BearerToken, Identity, KeySet, TokenCookie, Unavailable
from gatepass.demo.places import Places
from gatepass.demo.sites.chat.log import SCHEMA, Log
from gatepass.demo.sites.chat.room import SCOPE, Room, Seat
from gatepass.demo.sites.chat.talk import Pause, Talk
from gatepass.demo.sites.storage import open_file
from gatepass.starlette import Gate
from gatepass.testing import TestIssuer

PLACES = Places()
START = 1_800_000_000.0
LIFETIME = 300


Enter = Callable[..., Seat]
"""Lets somebody into a room: the subject, the time, and the words of `somebody`."""


def somebody(subject: str = "ada-1", **words: Any) -> Identity:
    """What the gate says of a token."""
    lifetime, issued = words.pop("lifetime", LIFETIME), words.pop("issued", START)
    words = {"issuer": "https://id.test", "name": subject.partition("-")[0].title(), "scopes": {SCOPE}, **words}
    scopes = frozenset(words.pop("scopes"))
    return Identity(subject, scopes=scopes, claims={"iat": issued, "exp": issued + lifetime}, **words)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


def log(folder: Path) -> tuple[sqlite3.Connection, Log]:
    """A log in a file of its own."""
    db = open_file(folder / "chat.db", SCHEMA)
    return db, Log(db)


def heard(seat: Seat) -> list[dict[str, Any]]:
    """What waits in a seat's outbox; it is taken out."""
    found = [json.loads(one) for one in seat.outbox]
    seat.outbox.clear()
    return found


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    """The types of messages, problems by their code."""
    return [one.get("code") or one["type"] for one in messages]


def say(text: str) -> str:
    """What a client sends to be read by all."""
    return json.dumps({"type": "say", "text": text})


def show(token: str) -> str:
    """What a client sends to show another token."""
    return json.dumps({"type": "token", "token": token})


class Chatting:
    """The endpoint behind a gate, in memory.

    Attributes:
        clock: of the room and the gate.
        issuer: whose tokens count.
    """

    def __init__(self, folder: Path, *, trust: Any = None, pause: Pause | None = None) -> None:
        self.clock = Clock()
        self.issuer = TestIssuer(PLACES.issuer, clock=self.clock)
        self.db, kept = log(folder)
        self.room = Room(kept)
        self.cookie = TokenCookie()
        self.gate = Gate(
            trust=trust or self.issuer,
            audience=PLACES.chat,
            accept=[BearerToken(), self.cookie],
            clock=self.clock,
        )
        self.talk = Talk(self.room, self.gate, now=self.clock, pause=pause or _never)
        self.app = Starlette(routes=[self.talk.route])

    def token(self, subject: str = "ada-1", **words: Any) -> str:
        """Somebody's token."""
        words = {"scope": SCOPE, "lifetime": LIFETIME, "name": subject.partition("-")[0].title(), **words}
        return self.issuer.token(audience=words.pop("audience", PLACES.chat), subject=subject, **words)

    async def tab(self, subject: str = "ada-1", **words: Any) -> "Tab":
        """A tab of somebody's, welcome and all."""
        tab = Tab(self.app, {"authorization": f"Bearer {self.token(subject, **words)}"})
        await tab.opened()
        return tab

    async def pass_seconds(self, seconds: float) -> None:
        """Let time pass, and the watch look once at the end of it."""
        self.clock.now += seconds
        await self.talk.turn()
        await settle()


class AuthServer:
    """One in the process of the gate, as far as a gate asks it; it is away at times."""

    issuer = PLACES.issuer
    keys = KeySet([])
    away = False

    async def session_strategy(self, request: object) -> None:
        """It knows nobody by a cookie."""

    async def gate_keys(self) -> KeySet:
        """The keys that it signs with."""
        if self.away:
            raise Away("away")
        return KeySet([key.public() for key in self.keys])

    async def is_live(self, identity: Identity) -> bool:
        """It has ended no session."""
        return True


class Away(Unavailable):
    """The auth server does not answer."""

    codes = {"away": (503, "Away.")}


class Tab:
    """One WebSocket, as a server in front of the app would handle it.

    Attributes:
        status: of the answer to the handshake: 101, or why not.
        messages: what has come; `closed`: code and reason.
        reading: a client that does not read lets the server wait.
    """

    def __init__(self, app: Starlette, headers: Mapping[str, str]) -> None:
        self.status = 0
        self.messages: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.reading = asyncio.Event()
        self.reading.set()
        self._answered = asyncio.Event()
        self._incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._incoming.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "scheme": "ws",
            "path": "/talk",
            "query_string": b"",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
            "subprotocols": [],
            "extensions": {"websocket.http.response": {}},
        }
        self.task = asyncio.create_task(app(scope, self._incoming.get, self._sent))

    async def opened(self) -> int:
        """Wait for the answer to the handshake."""
        await self._answered.wait()
        await settle()
        return self.status

    async def send(self, *texts: str, **other: Any) -> None:
        """Send messages, and let the server do what it does about them."""
        for text in texts:
            self._incoming.put_nowait({"type": "websocket.receive", "text": text})
        if other:
            self._incoming.put_nowait({"type": "websocket.receive", **other})
        await settle()

    async def leave(self) -> None:
        """Close the tab."""
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await self.task

    def take(self) -> list[dict[str, Any]]:
        """What has come since the last time."""
        found, self.messages = self.messages, []
        return found

    async def _sent(self, message: Any) -> None:
        await self.reading.wait()
        kind = message["type"]
        if kind == "websocket.send":
            self.messages.append(json.loads(message["text"]))
        elif kind == "websocket.close":
            self.status = self.status or 403
            self.closed = (message["code"], message["reason"])
            self._incoming.put_nowait({"type": "websocket.disconnect", "code": message["code"]})
        elif kind != "websocket.http.response.body":
            self.status = message.get("status", 101)
        self._answered.set()


async def settle() -> None:
    """Let everything run that can run without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def _never(seconds: float) -> None:
    await asyncio.Event().wait()
