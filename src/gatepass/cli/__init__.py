"""The `gatepass` command.

Every subcommand parses its words, calls a flow or reads a value, prints it and says
what comes next: rules stay below. Tables are for people, `--json` is for programs.
Secrets come from a prompt, standard input or a file, never from the command line,
where every process of the machine can read them. Exit codes: 0 done, 1 refused or
failed, 2 usage. What a command needs is loaded when it runs, so that `--help` and
`version` answer at once. Nothing imports it but `python -m gatepass`.
"""

import sys

MISSING = 'gatepass: {} is not installed; the command needs the server extra: pip install "gatepass[server]"'


def main() -> None:
    """Entry point; says in one line what is missing when only the core is installed."""
    try:
        from gatepass.cli.command import run

        code = run(sys.argv[1:])
    except ModuleNotFoundError as missing:
        if (missing.name or "gatepass").partition(".")[0] == "gatepass":
            raise  # a damaged installation, which no extra mends
        sys.exit(MISSING.format(missing.name))
    except KeyboardInterrupt:  # while modules are loaded; later ones are met where they happen
        code = 1
    sys.exit(code)
