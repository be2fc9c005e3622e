"""What comes in beside the command line: files, standard input, and passwords from a prompt."""

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click

from gatepass.cli.output import complain, is_terminal, next_step
from gatepass.kernel.errors import Misuse

T = TypeVar("T")

STANDARD_INPUT = Path("-")
MAX_PASSWORD_FILE = 4_096
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

password_option: Callable[[Any], Any] = click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    help="File with the password on its one line; - is standard input. Default: a prompt.",
)


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, or of standard input for `-`.

    Raises:
        Misuse: the file cannot be read.
    """
    if path == STANDARD_INPUT:
        if sys.stdin is None:
            raise Misuse("Standard input is closed.")
        yield sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except (OSError, ValueError) as error:
        raise Misuse(f"The file {path} cannot be read: {getattr(error, 'strerror', None) or 'not a path'}.") from None
    with file:
        yield file


def with_new_password(file: Path | None, use: Callable[[str], T], *, shortest: int) -> T:
    """What `use` makes of a new password; a person may try again when it is refused.

    Args:
        file: where it stands; None: asked for, or standard input when that is no terminal.
        use: raises PasswordRefused when the password is not good enough.
        shortest: in characters, told before a person begins.

    Raises:
        Misuse: there is none, or more than one.
        PasswordRefused: the one from a file or a pipe is refused.
    """
    from gatepass.server.users.errors import PasswordRefused

    if file is not None or not at_a_terminal():
        return use(_from_file(file or STANDARD_INPUT))
    next_step(f"A password has {shortest} characters or more; several unrelated words make a good one.")
    while True:
        try:
            return use(_from_prompt())
        except PasswordRefused as refused:
            complain(refused.message)


def at_a_terminal() -> bool:
    """Whether somebody can be asked."""
    return is_terminal(sys.stdin)


def _from_prompt() -> str:
    while True:
        first = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") == first:
            return first
        complain("The two differ.")


def _from_file(path: Path) -> str:
    """The password on the one line of a file. Only the end of the line is dropped: blanks may belong to it."""
    with reading(path) as file:
        content = file.read(MAX_PASSWORD_FILE + 1)
    lines = content.removeprefix(_BYTE_ORDER_MARK).removesuffix(b"\n").removesuffix(b"\r").split(b"\n")
    if lines == [b""]:
        raise Misuse("There is no password on standard input or in the file.")
    if len(lines) > 1 or len(content) > MAX_PASSWORD_FILE:
        raise Misuse("There is more than one line on standard input or in the file; which one is the password?")
    try:
        return lines[0].decode()
    except UnicodeDecodeError:
        raise Misuse("The password is not UTF-8 text.") from None
