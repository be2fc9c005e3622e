"""The chat: one handshake, then an open line."""

import base64
import hashlib
import os

from gatepass.demo.story.acts import Ask, asks
from gatepass.demo.story.asking import CHAT, page
from gatepass.demo.story.browser import Exchange, Headers, Request
from gatepass.demo.story.checks import refused, require, require_status
from gatepass.demo.story.scenes.beginnings import with_a_market_token
from gatepass.demo.story.step import Code, Scene, Step
from gatepass.demo.story.visit import Visit

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What a server adds to the key of a handshake before it answers (RFC 6455 section 1.3)."""


def _handshake(*, shown: bool) -> Ask:
    def ask(visit: Visit) -> Request:
        visit.kept["handshake"] = base64.b64encode(os.urandom(16)).decode()
        headers: Headers = (
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", visit.kept["handshake"]),
        )
        if shown:
            headers += (("Authorization", f"Bearer {visit.access}"),)
        who = "you" if shown else "a stranger"
        return Request("GET", f"{visit.places.chat}/talk", headers, cookies=False, who=who)

    return ask


def _opened(exchange: Exchange, visit: Visit) -> str:
    require_status(exchange, 101)
    digest = hashlib.sha1(f"{visit.kept['handshake']}{MAGIC}".encode(), usedforsecurity=False).digest()
    fitting = base64.b64encode(digest).decode()
    require(exchange.header("sec-websocket-accept") == fitting, "The answer is not to this handshake.")
    return "101 Switching Protocols"


SCENE = Scene(
    "chat",
    "A chat server",
    "A WebSocket stays open for hours. When is the token checked?",
    (
        with_a_market_token("sign-in", "You sign in and get a token", "It is for shop, help desk, forum and chat."),
        Step(
            "stranger",
            "Somebody without a token wants to listen: refused",
            "A WebSocket begins as an ordinary request, so it is refused like one, before anything is open.",
            asks(_handshake(shown=False), refused(401, "credential_required")),
            ("chat",),
            page(CHAT),
            Code("10_live.py", "async def talk("),
        ),
        Step(
            "handshake",
            "You show your token: the line is open",
            "The chat keeps an eye on it: you are asked for a newer token before it ends, or the line is closed.",
            asks(_handshake(shown=True), _opened),
            ("chat",),
            page(CHAT, "/account"),
            Code("10_live.py", "now = await gate.identify(shown)"),
        ),
    ),
    watched=("chat",),
)
"""What happens on the open line is for people to see, on the chat's page."""
