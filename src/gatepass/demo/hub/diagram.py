"""The sequence diagram of a scene: who sends what to whom, step by step. Values only; a template draws them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import responses
from urllib.parse import urlsplit

from gatepass.demo.hub.visits import Played, Run
from gatepass.demo.places import Places
from gatepass.demo.story.browser import YOU, Exchange
from gatepass.demo.story.step import Scene, Step

NAMES = {
    "id": "Auth server",
    "bank-1": "Bank",
    "bank-2": "Bank 2",
    "balancer": "Balancer",
    "retirement": "Retirement",
    "shop": "Shop",
    "help-desk": "Help desk",
    "forum": "Forum",
    "chat": "Chat",
    "hub": "Hub",
}
"""What people call the processes."""

# All in units of the drawing, which are CSS pixels when it is shown in its natural size.
LEFT, RIGHT, HEAD, ROW, GAP, PAD = 76, 52, 56, 26, 12, 10
SLIM_ROW, SLIM_PAD = 9, 6
FITS = 260
"""Down to the end of the step that is looked at. Until it does, steps before it are drawn slim, without labels."""

NARROWEST = 104
LETTER = 6.4
"""Width of a letter of a label, on average."""

LONGEST_LABEL, LONGEST_AT_HOME = 30, 46
REFUSED = 400
DONE, CURRENT, COMING, FAILED = "done", "current", "coming", "failed"


@dataclass(frozen=True, slots=True)
class Line:
    """A lifeline: somebody who sends or answers."""

    key: str
    name: str
    where: str
    x: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one lifeline to another.

    Attributes:
        label: above it, around `middle`; `carries`: the credential that goes with it; `says`: all in words.
        way: `there`, `back`, or `home` for what the visitor does alone.
        refused: an answer that lets nobody in.
    """

    start: int
    end: int
    y: int
    middle: int
    label: str
    carries: str
    says: str
    way: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Beat:
    """The arrows of one step, in a band of their own."""

    step: Step
    number: int
    state: str
    y: int
    height: int
    arrows: tuple[Arrow, ...]


@dataclass(frozen=True, slots=True)
class Diagram:
    """What a template draws."""

    width: int
    height: int
    lines: tuple[Line, ...]
    beats: tuple[Beat, ...]


@dataclass(frozen=True, slots=True)
class _Message:
    """An arrow before it has a place."""

    start: str
    end: str
    label: str
    way: str
    carries: str = ""
    refused: bool = False

    @property
    def short(self) -> str:
        """The label as it is drawn."""
        most = LONGEST_AT_HOME if self.way == "home" else LONGEST_LABEL
        return self.label if len(self.label) <= most else f"{self.label[: most - 1]}…"

    @property
    def room(self) -> int:
        """What the label takes."""
        return round((len(self.short) + len(self.carries) + 3 * bool(self.carries)) * LETTER) + 2 * PAD


@dataclass(slots=True)
class _Columns:
    """Lifelines from left to right, as far apart as the labels between them are wide."""

    places: Places
    keys: list[str]
    xs: dict[str, int] = field(default_factory=dict)
    width: int = 0

    def spread(self, messages: Sequence[_Message]) -> None:
        """Find everybody's place."""
        gaps = [NARROWEST] * (len(self.keys) - 1)
        for message in messages:
            ends = sorted((self.keys.index(message.start), self.keys.index(message.end)))
            if ends[1] - ends[0] == 1:
                gaps[ends[0]] = max(gaps[ends[0]], message.room)
        self.xs = {key: LEFT + sum(gaps[:place]) for place, key in enumerate(self.keys)}
        self.width = max(self.xs.values()) + RIGHT
        self.width = max([self.width, *(LEFT + message.room for message in messages if message.way == "home")])

    def middle(self, message: _Message) -> int:
        """Where its label stands: before the end on the right, so that both are seen when not all of an arrow is."""
        right = max(self.xs[message.start], self.xs[message.end])
        before = max((x for x in self.xs.values() if x < right), default=right)
        return right - max(right - before, message.room) // 2

    def lines(self) -> tuple[Line, ...]:
        return tuple(Line(key, name_of(key), self._where(key), self.xs[key]) for key in self.keys)

    def _where(self, key: str) -> str:
        return f":{self.places.ports[key]}" if key in self.places.ports else ""


def states(scene: Scene, run: Run | None) -> dict[str, str]:
    """State by step: `done`, `failed`, `current` for the one that is looked at, `coming`."""
    found = {step.id: COMING for step in scene.steps}
    for played in run.played if run else ():
        found[played.step.id] = DONE if played.seen else FAILED
    if run and found.get(run.chosen) == DONE:
        found[run.chosen] = CURRENT
    return found


def drawn(scene: Scene, run: Run | None, places: Places) -> Diagram:
    """The diagram of a scene as far as it was played; what is to come is only hinted at."""
    played = {one.step.id: one for one in run.played} if run else {}
    told = [tuple(_messages(step, played.get(step.id), places)) for step in scene.steps]
    messages = [message for messages in told for message in messages]
    columns = _Columns(places, _keys(messages))
    columns.spread(messages)
    looked_at = next((place for place, step in enumerate(scene.steps) if run and step.id == run.chosen), 0)
    state, slim, beats, y = states(scene, run), _slim(told[: looked_at + 1]), [], HEAD + GAP
    for number, (step, own) in enumerate(zip(scene.steps, told, strict=True), 1):
        beat = _beat(step, number, state[step.id], y, own, columns, slim=number <= slim)
        beats.append(beat)
        y += beat.height + GAP // 2
    return Diagram(columns.width, y + GAP // 2, columns.lines(), tuple(beats))


def name_of(key: str) -> str:
    """What people call a process, a sender, or an address that is neither."""
    return NAMES.get(key) or key[:1].upper() + key[1:]


def server_of(exchange: Exchange, places: Places) -> str:
    """The process that was asked, or the address when it is none of ours."""
    return places.process(exchange.url) or urlsplit(exchange.url).netloc


def _slim(told: Sequence[Sequence[_Message]]) -> int:
    """How many of these steps, from the first, must be slim so that the last one is in sight."""
    heights = [_height(messages, slim=False) for messages in told]
    for slim in range(len(told)):
        if sum(heights) <= FITS:
            return slim
        heights[slim] = _height(told[slim], slim=True)
    return len(told) - 1


def _height(messages: Sequence[_Message], *, slim: bool) -> int:
    return len(messages) * (SLIM_ROW if slim else ROW) + 2 * (SLIM_PAD if slim else PAD)


def _beat(
    step: Step, number: int, state: str, y: int, messages: Sequence[_Message], columns: _Columns, *, slim: bool
) -> Beat:
    row, pad = (SLIM_ROW, SLIM_PAD) if slim else (ROW, PAD)
    arrows = []
    for place, message in enumerate(messages, 1):
        # A label stands above its arrow; without one the arrow is in the middle of its row.
        unlabelled = slim or message.way == "home" or not message.label
        arrows.append(_placed(message, y + pad + row * place - unlabelled * (row // 2), columns, slim=slim))
    return Beat(step, number, state, y, _height(messages, slim=slim), tuple(arrows))


def _placed(message: _Message, y: int, columns: _Columns, *, slim: bool) -> Arrow:
    start, end, middle = columns.xs[message.start], columns.xs[message.end], columns.middle(message)
    label, carries = ("", "") if slim and message.way != "home" else (message.short, message.carries)
    return Arrow(start, end, y, middle, label, carries, _sentence(message), message.way, message.refused)


def _sentence(message: _Message) -> str:
    here, there = name_of(message.start), name_of(message.end)
    between = here if message.way == "home" else f"{here} to {there}"
    carried = f", with a {message.carries}" if message.carries else ""
    return f"{between}: {message.label}{carried}" if message.label else between


def _messages(step: Step, played: Played | None, places: Places) -> Iterator[_Message]:
    if played is None:
        yield from (_Message(YOU, process, "", "there") for process in step.to)
    else:
        for exchange in played.exchanges:
            yield from _both_ways(exchange, server_of(exchange, places))
    if not (step.to if played is None else played.exchanges):
        yield _Message(YOU, YOU, step.title, "home")


def _both_ways(exchange: Exchange, server: str) -> Iterator[_Message]:
    asked = f"{exchange.method} {urlsplit(exchange.url).path or '/'}"
    yield _Message(exchange.who, server, asked, "there", _carried_there(exchange))
    by = f" by {exchange.header('x-instance')}" if exchange.header("x-instance") else ""
    refused = exchange.status >= REFUSED
    # Only of refusals the name says more than the colour does.
    answered = f"{exchange.status}{' ' + responses.get(exchange.status, '') if refused else ''}{by}"
    yield _Message(server, exchange.who, answered, "back", _carried_back(exchange), refused)


def _carried_there(exchange: Exchange) -> str:
    """The credential that a request carries, in a word."""
    names = {name.lower() for name, _ in exchange.sent}
    return "token" if "authorization" in names else "cookie" if "cookie" in names else ""


def _carried_back(exchange: Exchange) -> str:
    """The credential that an answer brings."""
    if isinstance(exchange.json, dict) and "access_token" in exchange.json:
        return "token"
    return "cookie" if exchange.cookies else ""


def _keys(messages: Iterable[_Message]) -> list[str]:
    """Senders before servers, each where it first appears; the visitor is always there."""
    found = dict.fromkeys(
        key
        for message in messages
        for key in ((message.start, message.end) if message.way == "there" else (message.start,))
    )
    servers = [key for key in found if key in NAMES or ":" in key]
    return [YOU, *(key for key in found if key != YOU and key not in servers), *servers]
