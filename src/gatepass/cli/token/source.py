"""What the commands are given: a token in any wrapping, keys, and a point in time."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gatepass.cli.entry import STANDARD_INPUT, at_a_terminal, reading
from gatepass.kernel import clock
from gatepass.kernel.errors import Misuse

if TYPE_CHECKING:
    from gatepass.jose import Key

MAX_BYTES = 1_000_000
_TOKEN = re.compile(r"\s*(?:bearer\s|eyJ)", re.IGNORECASE)


def no_token(ctx: click.Context, _: click.Parameter, value: Path) -> Path:
    """A callback for arguments that are files: a token that stands there is refused, and not repeated."""
    if _TOKEN.match(str(value)):
        raise click.UsageError("A token is read from a file or standard input: every process can see this line.", ctx)
    return value


file_argument: Callable[[Any], Any] = click.argument(
    "file", type=click.Path(path_type=Path), default="-", callback=no_token
)


def point_in_time(ctx: click.Context, param: click.Parameter, value: str | None) -> float:
    """`+25h`, `-5m`, or seconds since the epoch, as seconds since the epoch; nothing is now."""
    if value is None:
        return clock.now()
    from gatepass.inspection import point_in_time

    try:
        return point_in_time(value, clock.now())
    except Misuse as wrong:
        raise click.BadParameter(wrong.message, ctx, param) from None


def read_token(file: Path) -> str:
    """The token in a file or on standard input.

    Raises:
        Misuse: there is none, or far too much.
        Undecodable: it looks like a JSON answer, and cannot be read.
    """
    from gatepass.inspection import unwrapped

    if file == STANDARD_INPUT and at_a_terminal():
        click.echo("Paste the token, then press Enter and Ctrl-D:", err=True)
    token = unwrapped(content(file, "a token").decode(errors="replace"))
    if not token:
        raise Misuse("There is no token in this.")
    return token


def read_keys(file: Path, alg: str | None = None) -> "list[Key]":
    """The keys in a file; see `keys_in`.

    Raises:
        Misuse, KeyRefused, Undecodable: there are none. Nothing of the content is repeated.
    """
    from gatepass.inspection import keys_in

    return keys_in(content(file, "a key"), alg)


def content(file: Path, thing: str) -> bytes:
    """All bytes of a file or of standard input.

    Args:
        thing: what should be in it.

    Raises:
        Misuse: it cannot be read, or is far too much.
    """
    with reading(file) as source:
        found = source.read(MAX_BYTES + 1)
    if len(found) > MAX_BYTES:
        raise Misuse(f"This is too much for {thing}.")
    return found
