"""`gatepass token`: look into tokens, judge them, make them, and the keys for it.

One file per command; beside them what they share: `source` (a token in any wrapping, keys
from files, a point in time), `trusted` (whom to trust) and `show` (what is printed). What
a token means is decided below, in `inspection` and `gate`. No command takes a token or a
secret from the command line, and none repeats one in an error.
"""

import click

from gatepass.cli.token import diff, inspect, keys, sign, verify


@click.group("token")
def command() -> None:
    """Look into tokens, judge them, make them.

    A token is read from FILE or standard input: alone, broken over lines, with its
    whole Authorization header, or inside the JSON answer of a sign-in.
    """


for one in (inspect.command, verify.command, diff.command, sign.command, keys.new_key, keys.jwks):
    command.add_command(one)
