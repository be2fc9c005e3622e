"""The root command: subcommands are loaded when they are called, errors become one line."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from gatepass import __version__
from gatepass.kernel.errors import GatepassError

COMMANDS = {
    "serve": "Run the auth server.",
    "demo": "Run the bank, the retirement site and the auth server, and walk through their story.",
    "users": "Create, import, list and change users.",
    "audiences": "Declare the services that tokens may be made for.",
    "sessions": "List and end sessions.",
    "keys": "List the signing keys.",
    "token": "Look into a token, or verify it.",
    "backup": "Copy the SQLite database while the server runs.",
    "config": "Show the settings and where each came from.",
    "doctor": "Check settings, database and keys.",
    "version": "Print the version.",
}


class _Commands(click.Group):
    """Imports only the subcommand that is called: `gatepass version` loads no database driver."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"gatepass.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="Settings file to read instead of gatepass.toml here.",
)
@click.version_option(__version__, prog_name="gatepass", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context, config_file: Path | None) -> None:
    """Gatepass: sign in once; every server of yours knows who you are."""
    ctx.obj = config_file


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code."""
    try:
        result: Any = root.main(args=list(arguments), prog_name="gatepass", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except GatepassError as error:
        # Misuse is written for the person at this keyboard; a detail is the operator's too.
        detail = f" ({error.detail})" if error.detail else ""
        click.echo(f"gatepass: {error.message}{detail}", err=True)
        return 1
    return result if isinstance(result, int) else 0
