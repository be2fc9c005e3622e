"""`gatepass version`."""

import platform

import click

from gatepass.cli.options import json_option
from gatepass.cli.output import done
from gatepass.version import __version__


@click.command("version")
@json_option
def command(as_json: bool) -> None:
    """Print the version."""
    python = platform.python_version()
    done(f"gatepass {__version__} (Python {python})", {"gatepass": __version__, "python": python}, as_json=as_json)
