"""What commands print: a table for people or JSON for programs, and the next step."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

WIDE = 240
"""Columns of a table that no terminal shows."""

json_option: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def moment(seconds: float | None) -> str:
    """Seconds since the epoch as UTC text; a dash for never."""
    return "–" if seconds is None else datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def printable(value: object) -> str:
    """Text of strangers without control characters, which a terminal would obey."""
    text = "–" if value is None or value == "" else str(value)
    return "".join(char if char.isprintable() else "?" for char in text)


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def print_rows(rows: Iterable[Mapping[str, object]], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Rows as a table or as a JSON list.

    Args:
        columns: keys to show, in order; the heading is the key.
        empty: sentence for people when there are no rows.
    """
    found = list(rows)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo(empty)
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in found:
        table.add_row(*(Text(printable(row[column])) for column in columns))
    # A pipe has no width; folding ids at 80 columns would break what reads them.
    width = None if click.get_text_stream("stdout").isatty() else WIDE
    Console(highlight=False, width=width).print(table)


def print_fields(fields: Mapping[str, object], *, as_json: bool) -> None:
    """One thing, a line for each field."""
    if as_json:
        print_json(fields)
        return
    width = max(map(len, fields))
    for name, value in fields.items():
        click.echo(f"{name.replace('_', ' '):<{width}}  {printable(value)}")


def next_step(text: str, *, as_json: bool = False) -> None:
    """What one does next; only for people, and not in the way of a pipe."""
    if not as_json:
        click.echo(text, err=True)
