"""`gatepass config show`."""

from pathlib import Path

import click

from gatepass.cli.output import json_option, print_rows
from gatepass.server.settings import load, shown


@click.group("config")
def command() -> None:
    """Show the settings and where each came from."""


@command.command("show")
@json_option
@click.pass_obj
def show(config_file: Path | None, as_json: bool) -> None:
    """List every setting, its value and its source; secrets are not shown."""
    loaded = load(file=config_file)
    rows = [
        {"setting": name, "value": value, "source": loaded.sources[name]}
        for name, value in shown(loaded.settings).items()
    ]
    print_rows(rows, ["setting", "value", "source"], as_json=as_json, empty="")
