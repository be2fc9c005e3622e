"""What commands print: a table for people or JSON for programs, and the next step.

A row is one mapping for both. Fields that end in `_at` are whole seconds since the
epoch: programs get the number, people a date.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TextIO

import click

WIDE = 240
"""Columns of a table that no terminal shows."""

NOTHING = "–"
Fields = Mapping[str, object]


def moment(seconds: float | None) -> str:
    """Seconds since the epoch as UTC text; a dash for never, the number when it is no date."""
    if seconds is None:
        return NOTHING
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def printable(value: object) -> str:
    """Text of strangers without characters that a terminal would obey, or a reader not see."""
    return "".join(char if char.isprintable() else "?" for char in str(value))


def print_json(value: object) -> None:
    """One JSON document on standard output, in ASCII: any terminal and any locale can take it."""
    click.echo(json.dumps(value, indent=2))


def print_rows(rows: Sequence[Fields], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Rows as a JSON list of all their fields, or as a table of some.

    Args:
        columns: fields to show to people, in order.
        empty: sentence for people when there are no rows.
    """
    if as_json:
        print_json(list(rows))
    elif rows:
        click.echo(_table(rows, columns), nl=False)
    else:
        click.echo(empty)


def print_fields(fields: Fields, *, as_json: bool) -> None:
    """One thing, a line for each field."""
    if as_json:
        print_json(fields)
        return
    width = max(len(_heading(name)) for name in fields)
    for name, value in fields.items():
        click.echo(f"{_heading(name):<{width}}  {_cell(name, value)}")


def done(sentence: str, fields: Fields, *, as_json: bool) -> None:
    """What was done: a sentence for people, its facts for programs."""
    if as_json:
        print_json(fields)
    else:
        click.echo(printable(sentence))


def next_step(text: str, *, as_json: bool = False) -> None:
    """What one does next; only for people, and not in the way of a pipe."""
    if not as_json:
        click.echo(printable(text), err=True)


def complain(text: str) -> None:
    """One line on standard error: what went wrong."""
    click.echo(f"gatepass: {printable(text)}", err=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sits at the other end; a stream that was closed before the start is None."""
    return stream is not None and stream.isatty()


def _heading(name: str) -> str:
    return name.removesuffix("_at").replace("_", " ")


def _cell(name: str, value: object) -> str:
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and name.endswith("_at"):
        return moment(value)
    if isinstance(value, list):
        return printable(" ".join(map(str, value)))
    return printable(value)


def _table(rows: Sequence[Fields], columns: Sequence[str]) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(_heading(column), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(column, row[column])) for column in columns))
    # A pipe has no width; folding ids at 80 columns would break what reads them.
    width = None if is_terminal(sys.stdout) else WIDE
    console = Console(highlight=False, color_system=None, width=width)
    with console.capture() as captured:
        console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
