"""`gatepass token inspect`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatepass.cli.options import json_option
from gatepass.cli.output import next_step, print_json, printable
from gatepass.cli.token.show import COLOURS, columns, heading, line_of_time, value_text
from gatepass.cli.token.source import file_argument, read_token

if TYPE_CHECKING:
    from gatepass.inspection import Inspection, Part

_READABLE = ("header", "payload")
_FIRST_UNREADABLE = ("signature", "encrypted key")
_SEVERITIES = {"danger": "red", "warning": "yellow", "note": None}


@click.command("inspect")
@file_argument
@json_option
def command(file: Path, as_json: bool) -> None:
    """Decode a token, and say what is odd about it.

    The beginning of one will do. Nothing is verified: anyone can write what you see here.
    """
    from gatepass.inspection import inspect

    seen = inspect(read_token(file))
    if as_json:
        print_json(_fields(seen))
        return
    click.echo(".".join(click.style(printable(part.text), fg=COLOURS[part.name]) for part in seen.parts))
    for part in seen.parts:
        if part.name in _READABLE:
            _show_members(part, seen)
        else:
            _show_size(part)
        for problem in part.problems:
            click.echo(f"  {click.style(problem.id, fg='red', bold=True)}  {problem.text}")
    _show_times(seen)
    _show_findings(seen)
    _conclude(seen)


def _show_members(part: "Part", seen: "Inspection") -> None:
    heading(f"{part.name} (cut)" if part.cut else part.name, COLOURS[part.name])
    times = {moment.claim: moment for moment in seen.timeline if part.name == "payload"}
    for member in part.members:
        moment = times.get(member.name)
        when = f"  ({moment.label} {moment.date}, {moment.relative})" if moment else ""
        click.echo(f"  {printable(member.name)}: {value_text(member.value)}{when}")
    if part.content is not None:
        click.echo(f"  {printable(part.content)}")


def _show_size(part: "Part") -> None:
    if part.name in _FIRST_UNREADABLE:
        click.echo()
    click.echo(f"{click.style(part.name, fg=COLOURS[part.name], bold=True)}  {part.size} bytes")


def _show_times(seen: "Inspection") -> None:
    line = line_of_time(seen.timeline, seen.now)
    if line:
        heading("time")
        click.echo(f"  {line}")


def _show_findings(seen: "Inspection") -> None:
    if seen.findings:
        heading("findings")
        rows = [(one.severity, one.id, f"{', '.join(one.where)}: {one.text}") for one in seen.findings]
        columns(rows, [_SEVERITIES[one.severity] for one in seen.findings])


def _conclude(seen: "Inspection") -> None:
    unread = " The rest is encrypted." if seen.encrypted else "" if seen.complete else " The end is missing."
    click.echo()
    click.echo(click.style(f"Not verified.{unread} Readable is not trusted.", bold=True))
    if seen.complete and not seen.encrypted:
        next_step("Next: gatepass token verify --trust ISSUER-URL --audience SERVICE-URL")


def _fields(seen: "Inspection") -> dict[str, object]:
    return {
        "verified": False,
        "complete": seen.complete,
        "encrypted": seen.encrypted,
        "header": dict(seen.header),
        "claims": dict(seen.claims),
        "times": {one.claim: {"at": one.at, "date": one.date, "from_now": one.from_now} for one in seen.timeline},
        "parts": [
            {
                "name": part.name,
                "bytes": part.size,
                "cut": part.cut,
                "content": part.content,
                "problems": [problem.id for problem in part.problems],
            }
            for part in seen.parts
        ],
        "findings": [
            {"id": one.id, "severity": one.severity, "text": one.text, "where": list(one.where)}
            for one in seen.findings
        ],
    }
