"""`gatepass token diff`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatepass.cli.entry import STANDARD_INPUT
from gatepass.cli.options import json_option
from gatepass.cli.output import print_json, printable
from gatepass.cli.token.show import COLOURS, value_text
from gatepass.cli.token.source import no_token, read_token

if TYPE_CHECKING:
    from gatepass.inspection import Comparison, Difference

_SIGNS = {"removed": ("-", "red"), "added": ("+", "green"), "changed": ("~", "yellow")}


@click.command("diff")
@click.argument("a", type=click.Path(path_type=Path), callback=no_token)
@click.argument("b", type=click.Path(path_type=Path), callback=no_token)
@json_option
def command(a: Path, b: Path, as_json: bool) -> None:
    """Say what differs between two tokens.

    A and B are files, or - for standard input. Neither token is verified.
    """
    from gatepass.inspection import compare

    if a == b == STANDARD_INPUT:
        raise click.UsageError("Only one of the two can come from standard input.", click.get_current_context())
    found = compare(read_token(a), read_token(b))
    if as_json:
        print_json(_fields(found))
        return
    for place in ("header", "payload"):
        inside = [one for one in found.differences if one.place == place]
        if inside:
            click.echo(click.style(place, fg=COLOURS[place], bold=True))
        for one in inside:
            _show(one)
    click.echo(_summary(found))


def _show(one: "Difference") -> None:
    from gatepass.inspection.times import duration

    sign, colour = _SIGNS[one.kind]
    said = {
        "removed": value_text(one.before),
        "added": value_text(one.after),
        "changed": f"{value_text(one.before)} → {value_text(one.after)}",
    }[one.kind]
    late = f"  ({duration(one.later)} {'later' if one.later > 0 else 'earlier'})" if one.later else ""
    click.echo(f"  {click.style(f'{sign} {printable(one.name)}', fg=colour)}: {said}{late}")


def _summary(found: "Comparison") -> str:
    if found.same:
        return "They are one and the same token."
    unread = "" if found.readable else " The payload of at least one cannot be read."
    signed = " Only the signature differs." if not found.differences and found.readable else ""
    return f"{len(found.differences)} differ, {found.alike} alike.{signed}{unread} Neither is verified."


def _fields(found: "Comparison") -> dict[str, object]:
    return {
        "same": found.same,
        "readable": found.readable,
        "alike": found.alike,
        "differences": [
            {
                "place": one.place,
                "name": one.name,
                "kind": one.kind,
                "before": one.before,
                "after": one.after,
                "seconds_later": one.later,
            }
            for one in found.differences
        ],
    }
