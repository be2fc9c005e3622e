"""The chat as a trade: what its page shows, what is on disk, and the way to the WebSocket."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from starlette.routing import BaseRoute

from gatepass import Identity
from gatepass.demo.clock import now
from gatepass.demo.sites.chat.log import SCHEMA, Log
from gatepass.demo.sites.chat.people import public_id
from gatepass.demo.sites.chat.room import SCOPE, Room
from gatepass.demo.sites.chat.talk import Pause, Talk
from gatepass.demo.sites.trade import Trade
from gatepass.starlette import Gate


class Chat(Trade):
    """People who talk to each other, as long as their tokens last."""

    name, title, mine, scope = "chat", "The Chat", "the chat", SCOPE
    schema = SCHEMA
    template = "chat.html"
    live = True

    def __init__(self, db: sqlite3.Connection, *, now: Callable[[], float] = now, pause: Pause = asyncio.sleep) -> None:
        super().__init__(db)
        self.room = Room(Log(db))
        self._now = now
        self._pause = pause

    def facts(self, who: Identity) -> dict[str, Any]:
        """Who is here."""
        return {"people": [one["name"] for one in self.room.people(self._now())]}

    def shown(self, who: Identity) -> dict[str, Any]:
        """The last messages, too, for those without a script."""
        messages = [{**one, "when": datetime.fromtimestamp(one["at"], UTC)} for one in self.room.messages()]
        return {**self.facts(who), "you": public_id(who.issuer, who.subject), "messages": messages}

    def kept(self) -> dict[str, int]:
        """What is open, and what is on disk."""
        return {
            "people connected": len(self.room.people(self._now())),
            "sockets open": len(self.room.seats),
            "sockets closed": self.room.closed.total(),
            "messages on disk": len(self.room.messages()),
        }

    def routes(self, gate: Gate) -> Iterable[BaseRoute]:
        """Where people talk."""
        return (Talk(self.room, gate, now=self._now, pause=self._pause).route,)
