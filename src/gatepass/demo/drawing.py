"""Sights as lines of text, for a terminal of any width."""

import json
import textwrap
from collections.abc import Sequence

from gatepass.demo.story.sights import Beside, Lines, Sight, Timeline, Token
from gatepass.jose import unverified_claims, unverified_header

NARROWEST = 20
GAP = "  "


def drawn(sight: Sight, width: int) -> list[str]:
    """The lines of a sight, its title first; none is wider than `width`, or than a terminal can sensibly be."""
    width = max(width, NARROWEST)
    if isinstance(sight, Lines):
        body = [part for line in sight.lines for part in _wrapped(line, width)]
    elif isinstance(sight, Token):
        body = _token(sight.token, width)
    elif isinstance(sight, Beside):
        body = _table([(sight.left_is, sight.left), (sight.right_is, sight.right)], width)
    elif isinstance(sight, Timeline):
        body = _table([(_duration(one.after), one.says, one.verdict) for one in sight.moments], width)
    else:
        body = _table(sight.rows, width, sight.head)
    return [*_wrapped(sight.title, width), *body]


def _token(token: str, width: int) -> list[str]:
    header, payload, signature = token.split(".")
    parts = (
        ("header", header, json.dumps(unverified_header(token))),
        ("payload", payload, json.dumps(unverified_claims(token))),
        ("signature", signature, ""),
    )
    lines = (text for name, part, says in parts for text in (f"{name}  {part}", says))
    return [line for text in lines for line in _wrapped(text, width)]


def _table(rows: Sequence[tuple[str, ...]], width: int, head: tuple[str, ...] = ()) -> list[str]:
    """Columns where they fit; else each row on lines of its own."""
    everything = [head, *rows] if head else rows
    widths = [max(map(len, column)) for column in zip(*everything, strict=True)]
    if sum(widths) + len(GAP) * (len(widths) - 1) <= width:
        return [GAP.join(map(str.ljust, row, widths)).rstrip() for row in everything]
    return [line for row in rows for text in _spelled_out(row, head) for line in _wrapped(text, width)]


def _spelled_out(row: tuple[str, ...], head: tuple[str, ...]) -> list[str]:
    names = [f"{name}: " for name in head[1:]] or [""] * len(row[1:])
    return [row[0], *(f"{GAP}{name}{cell}" for name, cell in zip(names, row[1:], strict=True))]


def _wrapped(text: str, width: int) -> list[str]:
    indent = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def _duration(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    hours, minutes = divmod(rest // 60, 60)
    clock = f"{hours:02}:{minutes:02}:{rest % 60:02}"
    return f"{days} d {clock}" if days else clock
