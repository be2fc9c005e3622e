"""`gatepass version`."""

import platform

import click

from gatepass import __version__
from gatepass.cli.output import json_option, print_json


@click.command("version")
@json_option
def command(as_json: bool) -> None:
    """Print the version."""
    if as_json:
        print_json({"gatepass": __version__, "python": platform.python_version()})
    else:
        click.echo(f"gatepass {__version__} (Python {platform.python_version()})")
