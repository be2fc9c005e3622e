"""The root command: subcommands are loaded when they are called, errors become one line."""

import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from gatepass.cli.naming import shielded
from gatepass.cli.options import config_option
from gatepass.cli.output import complain
from gatepass.kernel.errors import GatepassError
from gatepass.version import __version__

COMMANDS = {
    "serve": "Run the auth server.",
    "demo": "Run a town of servers where sessions and tokens can be seen at work.",
    "users": "Create, import, list and change users.",
    "audiences": "Declare the services that tokens may be made for.",
    "clients": "Give services a secret, to ask whether a token is still good.",
    "sessions": "List and end sessions.",
    "keys": "List the signing keys.",
    "audit": "Read what happened.",
    "token": "Look into tokens, judge them, make them.",
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
@config_option
@click.version_option(__version__, prog_name="gatepass", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context, config_file: Path | None) -> None:
    """Gatepass: sign in once; every server of yours knows who you are."""
    ctx.obj = config_file


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code. Whatever a person can cause ends in one line, not in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        _never_fail_to_encode(stream)
    try:
        result: Any = root.main(args=shielded(arguments), prog_name="gatepass", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.Abort:
        complain("Stopped.")
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        complain(_usage(error))
        return error.exit_code
    except GatepassError as error:
        _fail(error, as_json="--json" in arguments)
    except BrokenPipeError:
        _say_no_more()
    except SystemExit as stop:
        # So click ends when the reader has gone, and when it has told a shell how to complete a word.
        _say_no_more()
        return stop.code if isinstance(stop.code, int) else 1
    except OSError as error:
        name = f"{error.filename}: " if error.filename is not None else ""
        complain(f"{name}{error.strerror or type(error).__name__}")
    else:
        return result if isinstance(result, int) else 0
    return 1


def _fail(error: GatepassError, *, as_json: bool) -> None:
    """Misuse is written for the person at this keyboard; a detail is the operator's too. Programs get the code."""
    if as_json:
        fields = {"error": error.code, "error_description": error.message, "detail": error.detail}
        click.echo(json.dumps(fields), err=True)
    else:
        complain(f"{error.message} ({error.detail})" if error.detail else error.message)


def _usage(error: click.ClickException) -> str:
    # A stray word may be a password, so it is not repeated: terminals are recorded.
    message = error.format_message()
    if message.startswith("Got unexpected extra argument"):
        message = "There are more words than this command takes; secrets are asked for, never written here."
    if isinstance(error, click.NoSuchOption) and not error.option_name.startswith("--"):
        message += " A name that begins with a dash is written behind --."
    context = getattr(error, "ctx", None)
    return f"{message} Try: {context.command_path} --help" if context is not None else message


def _say_no_more() -> None:
    """The reader of our output has gone (`| head`): what is still in the buffer would fail once more at exit."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)


def _never_fail_to_encode(stream: TextIO | None) -> None:
    # A terminal may be of one language only; names of people are of all.
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
