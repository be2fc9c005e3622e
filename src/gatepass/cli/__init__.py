"""The `gatepass` command.

Every subcommand parses its words, calls a flow or reads a value, prints it and says
what comes next: rules stay below. Tables are for people, `--json` is for programs.
Secrets come from a prompt, standard input or a file, never from the command line,
where every process of the machine can read them. Exit codes: 0 done, 1 refused or
failed, 2 usage. Nothing imports it.
"""

import sys


def main() -> None:
    """Entry point; says in one line what is missing when only the core is installed."""
    try:
        import click  # noqa: F401
        import rich  # noqa: F401
    except ModuleNotFoundError:
        sys.exit('The gatepass command needs its server extra: pip install "gatepass[server]"')
    from gatepass.cli.command import run

    sys.exit(run(sys.argv[1:]))
