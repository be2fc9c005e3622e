"""`gatepass users`."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from gatepass.cli.entry import at_a_terminal, password_option, with_new_password
from gatepass.cli.import_users import import_
from gatepass.cli.naming import by_option, called, find_user, user_argument
from gatepass.cli.opened import Opened, opened
from gatepass.cli.options import config_option, json_option, limit_option
from gatepass.cli.output import done, next_step, print_fields, print_rows, printable

if TYPE_CHECKING:
    from gatepass.server.users.identifiers import Names
    from gatepass.server.users.model import User
    from gatepass.server.users.service import Users

SCREENFUL = 1_000
"""Users that people get without --limit."""

COLUMNS = ["username", "email", "name", "scopes", "created_at", "disabled", "sub"]


@click.group("users")
def command() -> None:
    """Create, import, list and change users. USER is a username, an e-mail address or a sub."""


command.add_command(import_)


def _of_one_user(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that is about one user."""
    for option in (json_option, config_option, by_option, user_argument):
        function = option(function)
    return function


@command.command()
@click.argument("username", required=False)
@click.option("--email", help="E-mail address, instead of a username or beside it.")
@click.option("--name", help="What to call the person.")
@password_option
@json_option
@config_option
def create(
    username: str | None,
    email: str | None,
    name: str | None,
    password_file: Path | None,
    as_json: bool,
    config_file: Path | None,
) -> None:
    """Create a user. The password is asked for; it never stands on the command line."""
    from gatepass.server.users.identifiers import Names, display_name

    if username is not None and "@" in username and email is None:
        username, email = None, username
    names = Names.parse(username, email)
    display_name(name)
    with opened(config_file, make=True) as gatepass:
        register = gatepass.own.register.by_operator
        gatepass.run(_check_free(gatepass.own.users, names))

        def use(password: str) -> "User":
            return gatepass.run(
                register(username=username, email=email, name=name, password=password, source=gatepass.source)
            )

        user = with_new_password(password_file, use, shortest=gatepass.settings.password_min_length)
        issuer = gatepass.settings.public_url
    print_fields(_fields(user), as_json=as_json)
    next_step(
        f"Next: sign in at {issuer}/login, or let this user do more: gatepass users grant {user.subject} SCOPE",
        as_json=as_json,
    )


async def _check_free(users: "Users", names: "Names") -> None:
    """Refuse taken names before anybody types a password twice. Registration itself looks again."""
    from gatepass.server.users.errors import UserConflict

    taken = [await users.named(names.username), await users.named(names.email)]
    if any(taken) or await users.changes.is_reserved(names.username):
        raise UserConflict("identifier_unavailable")


@command.command("list")
@limit_option("users, oldest first")
@json_option
@config_option
def list_(limit: int | None, as_json: bool, config_file: Path | None) -> None:
    """List users, oldest first."""
    most = limit if limit is not None or as_json else SCREENFUL
    with opened(config_file) as gatepass:
        found = gatepass.run(_first(gatepass.own.users, most))
    rows = [_fields(user) for user in found[:most]]
    print_rows(rows, COLUMNS, as_json=as_json, empty="No users yet: gatepass users create NAME")
    if len(found) > len(rows):
        next_step(f"There are more: --limit {10 * len(rows)}", as_json=as_json)


async def _first(users: "Users", most: int | None) -> list["User"]:
    """So many users and one more, if there is one."""
    found: list[User] = []
    async with aclosing(cast("AsyncGenerator[User]", users.everybody())) as everybody:
        async for user in everybody:
            found.append(user)
            if most is not None and len(found) > most:
                break
    return found


@command.command()
@_of_one_user
def show(user: str, by: str | None, as_json: bool, config_file: Path | None) -> None:
    """Show one user."""
    with opened(config_file) as gatepass:
        found = _find(gatepass, user, by)
    print_fields(_fields(found), as_json=as_json)


@command.command()
@_of_one_user
def disable(user: str, by: str | None, as_json: bool, config_file: Path | None) -> None:
    """Close an account and end its sessions."""
    with opened(config_file) as gatepass:
        found = _find(gatepass, user, by)
        changed = gatepass.run(gatepass.own.disable_user(found.subject, source=gatepass.source))
    said = "is disabled now; all sessions have ended." if changed else "was disabled already."
    done(f"{called(found)} {said}", _changed(found, disabled=True, changed=changed), as_json=as_json)


@command.command()
@_of_one_user
def enable(user: str, by: str | None, as_json: bool, config_file: Path | None) -> None:
    """Open a disabled account again."""
    with opened(config_file) as gatepass:
        found = _find(gatepass, user, by)
        changed = gatepass.run(gatepass.own.disable_user.enable(found.subject, source=gatepass.source))
    said = "is enabled now." if changed else "was enabled already."
    done(f"{called(found)} {said}", _changed(found, disabled=False, changed=changed), as_json=as_json)


@command.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@_of_one_user
def delete(yes: bool, user: str, by: str | None, as_json: bool, config_file: Path | None) -> None:
    """Delete an account for good; its username stays reserved."""
    if not yes and not at_a_terminal():
        raise click.UsageError("Nobody can be asked here: say --yes to delete for good.", click.get_current_context())
    with opened(config_file) as gatepass:
        found = _find(gatepass, user, by)
        if not yes:
            click.confirm(printable(f"Delete {called(found)} for good?"), abort=True, err=True)
        gatepass.run(gatepass.own.delete_user.by_operator(found.subject, source=gatepass.source))
    said = "is deleted; what remains are audit lines with the random sub."
    done(f"{called(found)} {said}", _changed(found, deleted=True), as_json=as_json)


@command.command("set-password")
@password_option
@_of_one_user
def set_password(
    password_file: Path | None, user: str, by: str | None, as_json: bool, config_file: Path | None
) -> None:
    """Set a password and end all sessions of the user."""
    with opened(config_file) as gatepass:
        found = _find(gatepass, user, by)

        def use(password: str) -> None:
            gatepass.run(gatepass.own.change_password.by_operator(found.subject, password, source=gatepass.source))

        with_new_password(password_file, use, shortest=gatepass.settings.password_min_length)
    done(f"{called(found)} has a new password; all sessions have ended.", _changed(found), as_json=as_json)


@command.command()
@_of_one_user
@click.argument("scopes", nargs=-1, required=True, metavar="SCOPE...")
def grant(user: str, scopes: tuple[str, ...], by: str | None, as_json: bool, config_file: Path | None) -> None:
    """Let a user hold scopes; new tokens may carry them."""
    _change_scopes(config_file, user, by, scopes, held=True, as_json=as_json)


@command.command()
@_of_one_user
@click.argument("scopes", nargs=-1, required=True, metavar="SCOPE...")
def revoke(user: str, scopes: tuple[str, ...], by: str | None, as_json: bool, config_file: Path | None) -> None:
    """Take scopes back; tokens that are out keep them until they expire."""
    _change_scopes(config_file, user, by, scopes, held=False, as_json=as_json)


def _change_scopes(
    config_file: Path | None, user: str, by: str | None, scopes: tuple[str, ...], *, held: bool, as_json: bool
) -> None:
    from gatepass.server.users.identifiers import scope_name

    names = list(dict.fromkeys(map(scope_name, scopes)))  # all of them are looked at before any is changed
    with opened(config_file) as gatepass:
        found = _find(gatepass, user, by)
        change = gatepass.own.grant_scope if held else gatepass.own.grant_scope.revoke
        changed = [name for name in names if gatepass.run(change(found.subject, name, source=gatepass.source))]
        after = gatepass.run(gatepass.own.users.required(found.subject)).user
    said = f"{'was granted' if held else 'lost'} {' '.join(changed) or 'nothing new'}"
    done(
        f"{called(found)} {said}; holds {' '.join(after.scopes) or 'no scope'}.",
        _changed(found, changed=changed, scopes=list(after.scopes)),
        as_json=as_json,
    )


def _find(gatepass: Opened, named: str, by: str | None) -> "User":
    return gatepass.run(find_user(gatepass.own.users, named, by))


def _changed(user: "User", **facts: object) -> dict[str, object]:
    return {"sub": user.subject, **facts}


def _fields(user: "User") -> dict[str, object]:
    return {
        "sub": user.subject,
        "username": user.username,
        "email": user.email,
        "email_verified": user.email_verified,
        "name": user.name,
        "scopes": list(user.scopes),
        "created_at": user.created_at,
        "disabled": user.disabled,
    }
