"""`gatepass users import`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import msgspec

from gatepass.cli.entry import reading
from gatepass.cli.opened import opened
from gatepass.cli.options import config_option, json_option
from gatepass.cli.output import is_terminal, next_step, print_json

if TYPE_CHECKING:
    from gatepass.server.flows.import_users import ImportReport


@click.command("import", short_help="Import users with their password hashes.")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@config_option
def import_(file: Path, as_json: bool, config_file: Path | None) -> int:
    """Import users with argon2 or bcrypt hashes, one JSON object a line. FILE may be - for standard input.

    Fields: username, email, email_verified, name, scopes, password_hash. Users that are
    there already are left as they are, so an import can be repeated: after Ctrl-C, or
    with corrected lines. Exit code 1 when a line was refused.
    """
    from gatepass.server.flows.import_users import lines_of

    with reading(file) as lines, opened(config_file, make=True) as gatepass, _bar(lines) as bar:
        try:
            use_case = gatepass.own.import_users(
                lines_of(lines), source=gatepass.source, progress=_progress(bar, lines)
            )
            report = gatepass.run(use_case)
        except KeyboardInterrupt:
            click.echo(err=True)  # the bar has not ended its line
            next_step("What was imported stays; the same import goes on from there.")
            raise
    if as_json:
        print_json(msgspec.to_builtins(report))
    else:
        _tell(report)
    return 1 if report.refused else 0


def _tell(report: "ImportReport") -> None:
    click.echo(f"{report.added} added, {report.unchanged} unchanged, {report.refused} refused")
    for bad in report.bad:
        click.echo(f"  line {bad.line}: {bad.reason} ({bad.code})")
    if report.refused > len(report.bad):
        click.echo(f"  and {report.refused - len(report.bad)} more")


def _bar(lines: BinaryIO) -> Any:
    """A bar on standard error, where somebody watches and the length of the source is known."""
    length = _size(lines)
    hidden = length is None or not is_terminal(sys.stderr)
    return click.progressbar(length=length or 0, label="Importing", file=sys.stderr, hidden=hidden)


def _progress(bar: Any, lines: BinaryIO) -> Callable[[int], None] | None:
    if bar.hidden:
        return None

    def progress(_done: int) -> None:
        bar.update(lines.tell() - bar.pos)

    return progress


def _size(lines: BinaryIO) -> int | None:
    if not lines.seekable():
        return None
    here = lines.tell()
    size = lines.seek(0, 2)
    lines.seek(here)
    return size - here
