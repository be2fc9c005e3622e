"""What commands that change something share: an open server, where they came from, secrets from a prompt or a file."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from gatepass.kernel.errors import Misuse
from gatepass.server.app import AuthServer
from gatepass.server.audit.model import Source
from gatepass.server.services import OwnUsers, Services
from gatepass.server.settings import load
from gatepass.server.users.model import User

T = TypeVar("T")

OPERATOR = Source(None, "gatepass command", "")
"""Who asks, in the audit, when a command does."""

password_option: Callable[[Any], Any] = click.option(
    "--password-file", type=click.File("r"), help="File with the password; - is standard input. Default: a prompt."
)


def with_services(config_file: Path | None, action: Callable[[Services], Awaitable[T]]) -> T:
    """Open the server as the settings say, run `action`, close it."""

    async def run() -> T:
        async with AuthServer(load(file=config_file).settings) as auth:
            return await action(auth.services)

    return asyncio.run(run())


def own_users(services: Services) -> OwnUsers:
    """Our own table of users."""
    if services.own is None:
        raise Misuse("This server has a user table of its team; change users there.")
    return services.own


async def find_user(services: Services, named: str) -> User:
    """The user with this username, e-mail address or `sub`.

    Raises:
        UserConflict: `user_not_found`.
    """
    users = own_users(services).users
    user = await users.find_by_identifier(named) or await users.find(named)
    return user if user is not None else (await users.required(named)).user


def new_password(file: IO[str] | None) -> str:
    """A password from a file, standard input or a prompt; never from the command line, which everybody can read."""
    if file is not None or not sys.stdin.isatty():
        line = (file or sys.stdin).readline()
        if not line.rstrip("\r\n"):
            raise Misuse("There is no password on standard input or in the file.")
        return line.rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise Misuse("The two passwords differ.")
    return first
