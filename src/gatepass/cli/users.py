"""`gatepass users`."""

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, BinaryIO

import click

from gatepass.cli.output import json_option, moment, next_step, print_fields, print_json, print_rows
from gatepass.cli.session import OPERATOR, find_user, new_password, own_users, password_option, with_services
from gatepass.server.flows.import_users import ImportReport, lines_of
from gatepass.server.services import Services
from gatepass.server.users.model import User

user_argument: Callable[[Any], Any] = click.argument("user", metavar="USER")


@click.group("users")
def command() -> None:
    """Create, import, list and change users. USER is a username, an e-mail address or a sub."""


@command.command()
@click.argument("username", required=False)
@click.option("--email", help="E-mail address, instead of a username or beside it.")
@click.option("--name", help="What to call the person.")
@password_option
@json_option
@click.pass_obj
def create(
    config_file: Path | None,
    username: str | None,
    email: str | None,
    name: str | None,
    password_file: IO[str] | None,
    as_json: bool,
) -> None:
    """Create a user."""
    if username is not None and "@" in username and email is None:
        username, email = None, username
    password = new_password(password_file)

    async def action(services: Services) -> User:
        return await own_users(services).register.by_operator(
            username=username, email=email, password=password, name=name, source=OPERATOR
        )

    user = with_services(config_file, action)
    print_fields(_fields(user), as_json=as_json)
    next_step("Next: sign in at /login, or let the user do more: gatepass users grant USER SCOPE", as_json=as_json)


@command.command("import")
@click.argument("file", type=click.File("rb"))
@json_option
@click.pass_obj
def import_(config_file: Path | None, file: BinaryIO, as_json: bool) -> int:
    """Import users with argon2 or bcrypt hashes, one JSON object a line.

    Fields: username, email, email_verified, name, scopes, password_hash. Lines that
    are there already are left alone, so an import can be repeated.
    """
    bar: Any = click.progressbar(length=_size(file), label="Importing", file=click.get_text_stream("stderr"))
    with bar:

        def progress(_lines: int) -> None:
            bar.update(file.tell() - bar.pos)

        async def action(services: Services) -> ImportReport:
            return await own_users(services).import_users(lines_of(file), source=OPERATOR, progress=progress)

        report = with_services(config_file, action)
    if as_json:
        print_json(report)
    else:
        click.echo(f"{report.added} added, {report.unchanged} unchanged, {report.refused} refused")
        for bad in report.bad:
            click.echo(f"  line {bad.line}: {bad.code}: {bad.reason}")
    return 1 if report.refused else 0


@command.command("list")
@click.option("--limit", default=1000, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_(config_file: Path | None, limit: int, as_json: bool) -> None:
    """List users, oldest first."""

    async def action(services: Services) -> list[User]:
        found: list[User] = []
        async for user in own_users(services).users.everybody():
            if len(found) >= limit:
                break
            found.append(user)
        return found

    rows = [_fields(user) for user in with_services(config_file, action)]
    columns = ["username", "email", "name", "scope", "created", "disabled", "sub"]
    print_rows(rows, columns, as_json=as_json, empty="No users yet: gatepass users create NAME")


@command.command()
@user_argument
@json_option
@click.pass_obj
def show(config_file: Path | None, user: str, as_json: bool) -> None:
    """Show one user."""

    async def action(services: Services) -> User:
        return await find_user(services, user)

    print_fields(_fields(with_services(config_file, action)), as_json=as_json)


@command.command()
@user_argument
@click.pass_obj
def disable(config_file: Path | None, user: str) -> None:
    """Close an account and end its sessions."""

    async def action(services: Services) -> bool:
        found = await find_user(services, user)
        return await own_users(services).disable_user(found.subject, source=OPERATOR)

    changed = with_services(config_file, action)
    click.echo("Disabled; all sessions have ended." if changed else "Was disabled already.")


@command.command()
@user_argument
@click.pass_obj
def enable(config_file: Path | None, user: str) -> None:
    """Open a disabled account again."""

    async def action(services: Services) -> bool:
        found = await find_user(services, user)
        return await own_users(services).disable_user.enable(found.subject, source=OPERATOR)

    click.echo("Enabled." if with_services(config_file, action) else "Was enabled already.")


@command.command()
@user_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(config_file: Path | None, user: str, yes: bool) -> None:
    """Delete an account for good; its username stays reserved."""

    async def action(services: Services) -> None:
        found = await find_user(services, user)
        await own_users(services).delete_user.by_operator(found.subject, source=OPERATOR)

    if not yes:
        click.confirm(f"Delete {user} for good?", abort=True, err=True)
    with_services(config_file, action)
    click.echo("Deleted; what remains are audit lines with a random sub.")


@command.command("set-password")
@user_argument
@password_option
@click.pass_obj
def set_password(config_file: Path | None, user: str, password_file: IO[str] | None) -> None:
    """Set a password and end all sessions of the user."""
    password = new_password(password_file)

    async def action(services: Services) -> None:
        found = await find_user(services, user)
        await own_users(services).change_password.by_operator(found.subject, password, source=OPERATOR)

    with_services(config_file, action)
    click.echo("Changed; all sessions have ended.")


@command.command()
@user_argument
@click.argument("scopes", nargs=-1, required=True, metavar="SCOPE...")
@click.pass_obj
def grant(config_file: Path | None, user: str, scopes: tuple[str, ...]) -> None:
    """Let a user hold scopes; new tokens may carry them."""
    _change_scopes(config_file, user, scopes, "granted", "held already")


@command.command()
@user_argument
@click.argument("scopes", nargs=-1, required=True, metavar="SCOPE...")
@click.pass_obj
def revoke(config_file: Path | None, user: str, scopes: tuple[str, ...]) -> None:
    """Take scopes back; tokens that are out keep them until they expire."""
    _change_scopes(config_file, user, scopes, "revoked", "was not held")


def _change_scopes(config_file: Path | None, named: str, scopes: tuple[str, ...], done: str, not_done: str) -> None:
    async def action(services: Services) -> list[tuple[str, bool]]:
        user = await find_user(services, named)
        change = own_users(services).grant_scope
        call = change if done == "granted" else change.revoke
        return [(scope, await call(user.subject, scope, source=OPERATOR)) for scope in scopes]

    for scope, changed in with_services(config_file, action):
        click.echo(f"{scope}: {done if changed else not_done}")


def _fields(user: User) -> dict[str, object]:
    return {
        "sub": user.subject,
        "username": user.username,
        "email": user.email,
        "email_verified": user.email_verified,
        "name": user.name,
        "scope": " ".join(user.scopes),
        "created": moment(user.created_at),
        "disabled": user.disabled,
    }


def _size(file: BinaryIO) -> int | None:
    if not file.seekable():
        return None
    size = file.seek(0, 2)
    file.seek(0)
    return size
