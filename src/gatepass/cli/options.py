"""Options that many commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Any], Any]


def _given_anywhere(ctx: click.Context, _: click.Parameter, value: Path | None) -> Path | None:
    """The file named behind the command, or the one named before it."""
    return value if value is not None else ctx.obj


config_option: Decorator = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    callback=_given_anywhere,
    help="Settings file to read instead of ./gatepass.toml.",
)
json_option: Decorator = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def limit_option(thing: str) -> Decorator:
    """`--limit`; without it people get a screenful or two, and programs get everything."""
    return click.option("--limit", type=click.IntRange(min=1), help=f"At most so many {thing}.")
