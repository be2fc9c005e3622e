"""What goes over the wire: JSON texts in both directions, and codes to close with.

From the server:

    {"type": "welcome", "you": "9f1c…", "messages": […], …}    with all that `renewed` says
    {"type": "said", "id": 7, "by": "9f1c…", "name": "Ada", "text": "…", "at": …}
    {"type": "people", "people": [{"id": "9f1c…", "name": "Ada"}, …]}
    {"type": "refresh", "why": "token_expired", "seconds": 30}
    {"type": "renewed", "until": …, "seconds": 300, "may_speak": true, "people": […]}
    {"type": "problem", "code": "…", "text": "…"}

From the client:

    {"type": "say", "text": "…"}
    {"type": "token", "token": "…"}

Who speaks has been heard when they read it themselves (`said`): then it is on disk.
`refresh` asks for another token of the same person, which then takes the place of the one
before; who shows none is closed after so many seconds. With `token_revoked` one reads and
says nothing more until then. `problem` tells why something was not done. Times are seconds
since the epoch, `seconds` how long from now. People have an id of this chat's own, which
tells nothing elsewhere.
"""

from typing import Any, NamedTuple

import msgspec

MAX_MESSAGE = 8_192
"""Bytes of one message from a client; a token is the longest thing that is sent here."""

MAX_TEXT = 500
"""Characters that somebody says at once."""


class Close(NamedTuple):
    """Why a socket is closed: the code, and a reason that stays the same."""

    code: int
    reason: str


TOKEN_EXPIRED = Close(4401, "token_expired")
TOKEN_REVOKED = Close(4403, "token_revoked")
SLOW_READER = Close(4408, "slow_reader")
TEXT_ONLY = Close(1003, "text_only")
MALFORMED = Close(1008, "malformed_message")
TOO_MANY_MESSAGES = Close(1008, "too_many_messages")
TOO_LONG = Close(1009, "message_too_long")
STATUS_UNKNOWN = Close(1013, "status_unknown")
ROOM_FULL = Close(1013, "room_full")
TOO_MANY_SOCKETS = Close(1013, "too_many_sockets")

PROBLEMS = {
    "too_fast": "That was too fast. Wait a moment, then say it again.",
    "insufficient_scope": "Your token lets you read here, not speak: it lacks the scope chat:write.",
    "not_kept": "This could not be kept, so nobody has read it. Say it again later.",
    "token_revoked": "Your token was taken back. Show another one first.",
    "other_person": "That token is somebody else's.",
    "ends_sooner": "That token ends before the one you have shown.",
}
"""Why something was not done; further codes bring a sentence of their own."""


class Say(msgspec.Struct, tag="say", forbid_unknown_fields=True, frozen=True):
    """Something for all to read."""

    text: str


class Show(msgspec.Struct, tag="token", forbid_unknown_fields=True, frozen=True):
    """Another token of the same person."""

    token: str

    def __repr__(self) -> str:
        return "Show(token=…)"  # a token belongs in no log


_DECODER: msgspec.json.Decoder[Say | Show] = msgspec.json.Decoder(Say | Show)


class Malformed(ValueError):
    """A message that is none of this protocol."""


def read(text: str) -> Say | Show:
    """What a client sends.

    Raises:
        Malformed: it is nothing of this protocol.
    """
    try:
        return _DECODER.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        raise Malformed from None


def written(type: str, **fields: Any) -> str:
    """One message of the server."""
    return msgspec.json.encode({"type": type, **fields}).decode()


def problem(code: str, sentence: str = "") -> str:
    """Why something was not done."""
    return written("problem", code=code, text=sentence or PROBLEMS[code])
