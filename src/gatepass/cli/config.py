"""`gatepass config show`."""

from dataclasses import fields
from pathlib import Path

import click

from gatepass.cli.options import config_option, json_option
from gatepass.cli.output import print_rows
from gatepass.server.settings import Settings, load, shown


@click.group("config")
def command() -> None:
    """Show the settings and where each came from."""


class _Explaining(click.Command):
    """A command whose help explains every setting."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Settings, as GATEPASS_PORT=9000 in the environment or port = 9000 in gatepass.toml"):
            formatter.write_dl([(one.name, one.metadata["doc"].replace("`", "")) for one in fields(Settings)])


@command.command("show", cls=_Explaining)
@json_option
@config_option
def show(as_json: bool, config_file: Path | None) -> None:
    """List every setting, its value in effect and its source. Secrets are not shown."""
    found = shown(load(file=config_file))
    if as_json:
        rows = [{"setting": one.name, "value": one.value, "source": one.source} for one in found]
    else:
        rows = [{"setting": one.name, "value": one.text, "source": one.source} for one in found]
    print_rows(rows, ["setting", "value", "source"], as_json=as_json, empty="")
