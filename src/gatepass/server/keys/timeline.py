"""The life of a ring's keys, drawn: a picture for a page or a file, and lines for a terminal. Pure.

A key is a row; from left to right it waits, signs, and is still believed. The window
begins with the oldest key that is shown and reaches a term beyond now.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from gatepass.server.keys.model import SigningKey
from gatepass.server.keys.plan import DAY

WIDTH, LEFT, RIGHT = 340, 10, 330
TOP, ROW = 104, 46
LETTERS = {"waits": "·", "signs": "█", "believed": "▒"}
SAID = {
    "waits": "published, does not sign yet",
    "signs": "signs",
    "believed": "signs no more, what it signed is good",
}

STYLE = """
  .ground { fill: #fff } .line { stroke: #dcdfd8 } .now { stroke: #b3261e; stroke-width: 1.5 }
  text { font: 12px system-ui, sans-serif; fill: #55615a } .name { fill: #16201b; font-weight: 600 }
  .title { fill: #16201b; font-size: 15px; font-weight: 650 } .at { fill: #b3261e }
  .waits { fill: #e6f1ec; stroke: #0b6b4f } .signs { fill: #0b6b4f; stroke: #0b6b4f }
  .believed { fill: #dcdfd8; stroke: #7d8983 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #161d1a } .line { stroke: #323d37 } .now { stroke: #ff9d93 } text { fill: #a2afa8 }
    .name, .title { fill: #e9eeeb } .at { fill: #ff9d93 } .waits { fill: #12291f; stroke: #5ccfa3 }
    .signs { fill: #5ccfa3; stroke: #5ccfa3 } .believed { fill: #323d37; stroke: #74817a }
  }
"""


@dataclass(frozen=True, slots=True)
class Span:
    """One part of a key's life: what it does (`waits`, `signs`, `believed`) from when to when, in seconds."""

    does: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """The time that is drawn, in seconds since the epoch."""

    begin: int
    now: int
    end: int

    @classmethod
    def around(cls, keys: Sequence[SigningKey], now: int) -> "Window":
        """From the oldest key to a tenth of the time beyond now, or beyond the last date that is known."""
        dates = [at for key in keys for at in (key.publish_at, key.activate_at, key.gone_at) if at is not None]
        begin, last = min([now, *dates]), max([now, *dates])
        return cls(begin, now, last + max((last - begin) // 10, 3_600))

    def edges(self) -> tuple[str, str]:
        """The first and the last day, or minutes where there are only a few days."""
        exact = self.end - self.begin < 3 * DAY
        return _date(self.begin, exact=exact), _date(self.end, exact=exact)

    def place(self, at: int, width: float) -> float:
        """Where a moment lies on a line of `width`."""
        return max(0.0, min(1.0, (at - self.begin) / (self.end - self.begin))) * width


def spans(key: SigningKey, window: Window) -> list[Span]:
    """The parts of a key's life inside the window; what has no end yet reaches its edge."""
    gone = key.gone_at if key.gone_at is not None else window.end
    signs_from = min(key.activate_at if key.activate_at is not None else gone, gone)
    signs_to = min(key.retire_at if key.retire_at is not None else gone, gone)
    parts = (
        Span("waits", key.publish_at, signs_from),
        Span("signs", signs_from, max(signs_from, signs_to)),
        Span("believed", max(signs_from, signs_to), gone),
    )
    return [part for part in parts if part.end > part.begin]


def text(keys: Sequence[SigningKey], now: int, *, width: int = 60) -> str:
    """The timeline for a terminal: a line for each key, and what the signs mean.

    Args:
        width: columns of the bars.
    """
    window = Window.around(keys, now)
    names = [_name(key) for key in keys]
    indent = max(map(len, names), default=0) + 2
    mark = " " * (indent + min(round(window.place(now, width)), width - 1))
    lines = [f"{mark}now"]
    for key, name in zip(keys, names, strict=True):
        bar = [" "] * width
        for span in spans(key, window):
            begin, end = (round(window.place(at, width)) for at in (span.begin, span.end))
            for column in range(begin, max(end, begin + 1)):
                bar[min(column, width - 1)] = LETTERS[span.does]
        lines.append(f"{name:<{indent}}{''.join(bar).rstrip()}")
    first, last = window.edges()
    lines.append(f"{'':<{indent}}{first}{last:>{width - len(first)}}")
    lines += [f"{'':<{indent}}{LETTERS[does]}  {said}" for does, said in SAID.items()]
    return "\n".join(lines) + "\n"


def svg(keys: Sequence[SigningKey], now: int) -> str:
    """The timeline as one SVG document that follows the light or dark scheme of its reader."""
    window = Window.around(keys, now)

    def across(at: int) -> float:
        return round(LEFT + window.place(at, RIGHT - LEFT), 1)

    height = TOP + ROW * len(keys) + 34
    box = f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title desc"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}>',
        '<title id="title">Signing keys through time</title>',
        f'<desc id="desc">{escape(_description(keys, now))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="8"/>',
        f'<text class="title" x="{LEFT}" y="28">Signing keys</text>',
        *_legend(),
        *(part for row, key in enumerate(keys) for part in _row(key, TOP + ROW * row, window, across)),
        *_axis(window, height, across),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _legend() -> list[str]:
    found = []
    for number, (does, said) in enumerate((("waits", "waits"), ("signs", "signs"), ("believed", "still believed"))):
        x = LEFT + 90 * number
        found.append(f'<rect class="{does}" x="{x}" y="43" width="14" height="10" rx="2"/>')
        found.append(f'<text x="{x + 20}" y="52">{said}</text>')
    return found


def _row(key: SigningKey, y: int, window: Window, across: Callable[[int], float]) -> list[str]:
    told = f"{escape(key.kid[:12])}… {key.state(window.now)}"
    found = [f'<text x="{LEFT}" y="{y}"><tspan class="name">{escape(key.alg)}</tspan> {told}</text>']
    for span in spans(key, window):
        width = max(across(span.end) - across(span.begin), 2)  # a moment is seen, too
        found.append(
            f'<rect class="{span.does}" x="{across(span.begin)}" y="{y + 7}" width="{width:.1f}" height="14" rx="2"/>'
        )
    return found


def _axis(window: Window, height: int, across: Callable[[int], float]) -> list[str]:
    y, now = height - 32, across(window.now)
    anchor = "end" if now > WIDTH / 2 else "start"
    first, last = window.edges()
    return [
        f'<path class="line" d="M{LEFT} {y}H{RIGHT}"/>',
        f'<path class="now" d="M{now} 74V{y}"/>',
        f'<text class="at" x="{now + (-5 if anchor == "end" else 5)}" y="80" text-anchor="{anchor}">now</text>',
        f'<text x="{LEFT}" y="{height - 14}">{first}</text>',
        f'<text x="{RIGHT}" y="{height - 14}" text-anchor="end">{last}</text>',
    ]


def _description(keys: Sequence[SigningKey], now: int) -> str:
    return " ".join(f"{key.alg} {key.kid[:12]} is {key.state(now)}, {_dates(key)}." for key in keys)


def _dates(key: SigningKey) -> str:
    named = (("published", key.publish_at), ("signs from", key.activate_at), ("to", key.retire_at))
    told = [f"{name} {_date(at)}" for name, at in (*named, ("gone", key.gone_at)) if at is not None]
    return ", ".join(told)


def _name(key: SigningKey) -> str:
    return f"{key.alg} {key.kid[:8]}…"


def _date(at: int, *, exact: bool = False) -> str:
    return f"{datetime.fromtimestamp(at, UTC):{'%Y-%m-%d %H:%MZ' if exact else '%Y-%m-%d'}}"
