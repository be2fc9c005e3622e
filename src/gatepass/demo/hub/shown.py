"""What a step has to show, in the form in which templates draw it. Values only."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.client import responses
from itertools import groupby, zip_longest

from gatepass.demo.hub.memory import Memory, Remembered
from gatepass.demo.hub.visits import Played
from gatepass.demo.story.browser import Exchange, Headers, pretty
from gatepass.demo.story.sights import Beside, Timeline

LONGEST_BODY = 6_000
"""Characters of a body that are shown."""

SECRET = frozenset({"cookie", "set-cookie", "authorization"})
"""Headers that carry credentials."""

PARTS = ("header", "payload", "signature")
SCALE, DRAWN = 1_000, 940
"""A timeline is so many units long; the last moment stands so far from the first, and what it says goes on after it."""

TALLIES = "let in by "
"""What the sites call the numbers that only say how often something has happened."""

_TOKEN = re.compile(r"(eyJ[\w-]{8,})\.([\w-]+)\.([\w-]*)")

Piece = tuple[str, str]
"""A text, and what it is: a part of a token, `changed`, or nothing in particular."""


@dataclass(frozen=True, slots=True)
class Field:
    """A header; `secret` when it carries a credential."""

    name: str
    value: list[Piece]
    secret: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer as it was sent."""

    start: str
    fields: list[Field]
    body: list[Piece]
    left_out: int


@dataclass(frozen=True, slots=True)
class Part:
    """One of a token's three parts; `decoded` is empty for the signature."""

    name: str
    raw: str
    decoded: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment on a timeline, from 0 to `SCALE`; `until`: where the next one begins."""

    at: int
    until: int
    when: str
    says: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Count:
    """A number in a server's memory, and what a step added to it.

    Attributes:
        tally: it counts what has happened; nothing is kept of each time.
    """

    what: str
    number: int
    added: int
    tally: bool


def request_of(exchange: Exchange) -> Message:
    """What was sent."""
    return _message(f"{exchange.method} {exchange.url}", exchange.sent, exchange.body)


def answer_of(exchange: Exchange) -> Message:
    """What came back."""
    return _message(f"{exchange.status} {responses.get(exchange.status, '')}", exchange.received, pretty(exchange))


def coloured(text: str) -> list[Piece]:
    """A text in which tokens are told from the rest, and their parts from each other."""
    pieces, end = [], 0
    for found in _TOKEN.finditer(text):
        pieces.append((text[end : found.start()], ""))
        for name, part in zip(PARTS, found.groups(), strict=True):
            pieces += [(part, name), (".", "")]
        pieces.pop()
        end = found.end()
    return [piece for piece in (*pieces, (text[end:], "")) if piece[0]]


def parts_of(token: str) -> list[Part]:
    """A token's parts, each with its raw text and what it says. Nothing is verified here."""
    raw = [*token.split("."), "", ""][:3]
    return [
        Part(name, text, "" if name == "signature" else _decoded(text)) for name, text in zip(PARTS, raw, strict=True)
    ]


def beside(sight: Beside) -> tuple[list[Piece], list[Piece]]:
    """Both texts, with the characters marked that differ."""
    pairs = list(zip_longest(sight.left, sight.right, fillvalue=""))
    runs = [(same, list(run)) for same, run in groupby(pairs, lambda pair: pair[0] == pair[1])]
    left, right = (
        [("".join(pair[side] for pair in run), "" if same else "changed") for same, run in runs] for side in (0, 1)
    )
    return left, right


def ticks(sight: Timeline) -> list[Tick]:
    """The moments in their places, from the first to the last."""
    times = [moment.after for moment in sight.moments]
    first, span = min(times), max(1, max(times) - min(times))
    places = [round((time - first) * DRAWN / span) for time in times]
    nexts = [*places[1:], SCALE]
    return [
        Tick(at, until, since(moment.after), moment.says, moment.verdict)
        for at, until, moment in zip(places, nexts, sight.moments, strict=True)
    ]


def since(seconds: int) -> str:
    """A length of time, for people: `1 day`, `5 min 10 s`."""
    units = ((86_400, "day"), (3_600, "h"), (60, "min"), (1, "s"))
    words, rest = [], abs(seconds)
    for length, name in units:
        count, rest = divmod(rest, length)
        if count:
            words.append(f"{count} {name}{'s' if name == 'day' and count > 1 else ''}")
    return ("−" if seconds < 0 else "") + (" ".join(words) or "0 s")


def counted(process: str, now: Memory, played: Played | None) -> list[Count] | None:
    """The numbers of a process, with what a step added; None when it does not answer."""
    found = now.get(process)
    if found is None:
        return None
    added = _added(process, played)
    return [Count(what, number, added.get(what, 0), what.startswith(TALLIES)) for what, number in found.numbers.items()]


def restarted(process: str, played: Played | None) -> bool:
    """Whether a step has made another process of one that had this name."""
    before, after = _around(process, played)
    return bool(before and after and before.process != after.process)


def _added(process: str, played: Played | None) -> dict[str, int]:
    before, after = _around(process, played)
    if not before or not after or before.process != after.process:
        return {}
    return {what: number - before.numbers.get(what, 0) for what, number in after.numbers.items()}


def _around(process: str, played: Played | None) -> tuple[Remembered | None, Remembered | None]:
    return (played.before.get(process), played.after.get(process)) if played else (None, None)


def _message(start: str, headers: Headers, body: str) -> Message:
    shown = body[:LONGEST_BODY]
    fields = list(_fields(headers))
    return Message(start, fields, coloured(shown), len(body) - len(shown))


def _fields(headers: Iterable[tuple[str, str]]) -> Iterator[Field]:
    for name, value in headers:
        yield Field(name, coloured(value), name.lower() in SECRET)


def _decoded(part: str) -> str:
    """JSON on several lines; what is none of that, as it is, or nothing."""
    try:
        text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""
