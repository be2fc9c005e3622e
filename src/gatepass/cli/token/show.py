"""How tokens look on a terminal. Every word of a token passes through `printable` first."""

import json
import sys
import textwrap
from collections.abc import Iterable
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from gatepass.cli.output import is_terminal, printable

if TYPE_CHECKING:
    from gatepass.inspection import Moment

COLOURS = {
    "header": "red",
    "payload": "magenta",
    "signature": "cyan",
    "encrypted key": "blue",
    "initialization vector": "green",
    "ciphertext": "yellow",
    "tag": "cyan",
}
"""Of the parts of a token."""

LEAST_ROOM = 30
"""Columns of the last column on a terminal that is very narrow."""

WIDTH = 48
"""Columns that the stretches of the line of time share."""

_LEAST = 4
_UNBROKEN: Any = {"break_long_words": False, "break_on_hyphens": False}
"""Key ids and URLs can then be copied."""


def heading(name: str, colour: str | None = None) -> None:
    """The name of what follows."""
    click.echo()
    click.echo(click.style(name, fg=colour, bold=True))


def value_text(value: Any) -> str:
    """A value of a token: text as it is, anything else as JSON."""
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def columns(rows: Iterable[tuple[str, ...]], colours: Iterable[str | None]) -> None:
    """Lines of words, all but the last one as wide as the widest of their column; on a terminal it is folded there."""
    lines = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in list(zip(*lines, strict=True))[:-1]]
    begin = sum(widths) + 2 * len(widths) + 2
    room = max(LEAST_ROOM, get_terminal_size().columns - begin) if is_terminal(sys.stdout) else None
    for (*words, last), colour in zip(lines, colours, strict=True):
        first, *rest = (word.ljust(width) for word, width in zip(words, widths, strict=True))
        folded = [last] if room is None else textwrap.wrap(last, room, **_UNBROKEN) or [""]
        named = "".join(f"{word}  " for word in rest)
        click.echo(f"  {click.style(first, fg=colour, bold=colour == 'red')}  {named}{folded[0]}")
        for line in folded[1:]:
            click.echo(" " * begin + line)


def line_of_time(moments: Iterable["Moment"], now: float) -> str:
    """The dates in their order, with now among them: `iat ━━ 5 min ━━ exp ── 3 d ── now`.

    The stretch in which the token is good is drawn heavy. Empty without any date.
    """
    from gatepass.inspection import stretches

    first, *others = stretches(moments, now)
    if not others:
        return ""
    whole = others[-1].end - first.end
    drawn = [_mark(first.names)]
    for one in others:
        drawn += [_stretch(int(one.seconds), int(whole), good=one.good), _mark(one.names)]
    return " ".join(drawn)


def _mark(names: tuple[str, ...]) -> str:
    return click.style("/".join(names), bold="now" in names)


def _stretch(seconds: int, whole: int, *, good: bool) -> str:
    from gatepass.inspection.times import duration

    half = ("━" if good else "─") * max(_LEAST // 2, WIDTH * seconds // whole // 2)
    return click.style(f"{half} {duration(seconds)} {half}", fg="green" if good else None, dim=not good)
