"""The figures as a picture: SVG with words for those who cannot see it, for light and dark pages."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

from .figures import BARE, COLUMNS, OURS, Case, Figures, Row, digits

WIDTH, PANEL, NAMES, BARS = 840, 420, 202, 150
"""Pixels: the picture, one panel, the names in it, and its longest bar."""

TOP, TITLE, LINE, THICK, GAP = 46, 30, 21, 13, 22
STYLE = """
  .ground { fill: #ffffff; } .title { font-size: 17px; font-weight: 650; fill: #16201b; }
  .name, .number { font-size: 12px; fill: #16201b; } .name { text-anchor: end; } .number { fill: #4c5751; }
  .strong { font-weight: 650; fill: #16201b; } .note { font-size: 12.5px; fill: #4c5751; }
  .ours { fill: #0b6b4f; } .bare { fill: #c9cfcb; } .peer { fill: #8b958f; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0f1513; } .title, .name, .strong { fill: #e9eeeb; } .number, .note { fill: #a9b5af; }
    .ours { fill: #5ccfa3; } .bare { fill: #3a4540; } .peer { fill: #7d8a83; }
  }
"""


class Bar(NamedTuple):
    """One line of a panel; `kind` is ours, bare or peer, `told` what is written beside it instead of its length."""

    name: str
    microseconds: float
    kind: str
    told: str = ""

    @property
    def number(self) -> str:
        """As it is written beside the bar."""
        return self.told or digits(self.microseconds)


def chart(figures: Figures) -> str:
    """How long each takes to verify a token: a panel for each algorithm, the fastest on top."""
    panels = {alg: bars(figures, alg) for alg in COLUMNS}
    pairs = [COLUMNS[number : number + 2] for number in range(0, len(COLUMNS), 2)]
    heights = [TITLE + LINE * max(len(panels[alg]) for alg in pair) + GAP for pair in pairs]
    drawn, down = [], TOP
    for pair, height in zip(pairs, heights, strict=True):
        drawn += [panel(alg, panels[alg], PANEL * place, down) for place, alg in enumerate(pair)]
        down += height
    title = "Microseconds to verify one token"
    said = f"Bar charts, one for each algorithm. {in_words(panels)}"
    return picture(title, said, f"{title}, medians; shorter is better", drawn, (WIDTH, down))


def in_words(panels: Mapping[str, Sequence[Bar]]) -> str:
    """The figures of all panels, for those who cannot see them."""
    return " ".join(f"{title}: {', '.join(f'{bar.name} {bar.number}' for bar in panels[title])}." for title in panels)


def picture(title: str, said: str, note: str, drawn: Iterable[str], size: tuple[int, int]) -> str:
    """The whole picture.

    Args:
        title, said: what it shows, for those who cannot see it.
        note: the line on top.
        drawn: panels.
        size: width and height.
    """
    width, height = size
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return "\n".join(
        [
            f'{head} role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(said)}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="ground" width="{width}" height="{height}"/>',
            f'<text class="note" x="20" y="28">{escape(note)}</text>',
            *drawn,
            "</svg>\n",
        ]
    )


def bars(figures: Figures, alg: str) -> list[Bar]:
    """Who is shown: each peer once, by its plain way, and what was seen before where that was measured."""
    made = []
    for case in [case for what in ("hit", "verify") for case in shown(figures, what, alg)]:
        name = figures.labels[case.row] if case.what == "verify" else f"{case.row.peer.split(',')[0]}, seen before"
        made.append(Bar(name, figures.median(case) or 0.0, kind(case.row)))
    return sorted(made, key=lambda bar: bar.microseconds)


def shown(figures: Figures, what: str, alg: str) -> list[Case]:
    """Ways with a comma are variants; of tokens seen before, Structs are what the gate uses."""
    rows = [row for row in figures.rows(what, alg) if "," not in row.peer]
    if what == "hit":
        rows = [row for row in figures.rows(what, alg) if row in (Row("Gatepass, Struct"), Row("fast-jwt", "node"))]
    return [Case(what, alg, row) for row in rows]


def kind(row: Row) -> str:
    """Which colour it gets."""
    return "bare" if row == BARE else "ours" if row.peer.startswith(OURS.peer) else "peer"


def panel(title: str, lines: Sequence[Bar], left: int, top: int, names: int = NAMES) -> str:
    """One group of bars, such as an algorithm; `names` is the room for what they are called."""
    longest = max((bar.microseconds for bar in lines), default=1.0)
    parts = [f'<text class="title" x="{left + 20}" y="{top + 12}">{escape(title)}</text>']
    for place, bar in enumerate(lines):
        middle = top + TITLE + LINE * place
        long = max(1.5, BARS * bar.microseconds / longest)
        start, strong = left + names + 10, " strong" if bar.kind == "ours" else ""
        parts += [
            f'<text class="name{strong}" x="{left + names}" y="{middle + 10}">{escape(bar.name)}</text>',
            f'<rect class="{bar.kind}" x="{start}" y="{middle - 1}" width="{long:.1f}" height="{THICK}" rx="2"/>',
            f'<text class="number{strong}" x="{start + long + 6:.1f}" y="{middle + 10}">{bar.number}</text>',
        ]
    return "\n".join(parts)
