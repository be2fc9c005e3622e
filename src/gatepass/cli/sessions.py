"""`gatepass sessions`."""

from pathlib import Path

import click
import msgspec

from gatepass.cli.output import json_option, moment, print_rows
from gatepass.cli.session import OPERATOR, find_user, with_services
from gatepass.server.flows.list_sessions import SessionInfo
from gatepass.server.services import Services


@click.group("sessions")
def command() -> None:
    """List and end sessions."""


@command.command("list")
@click.option("--user", help="Only those of one user: a username, an e-mail address or a sub.")
@click.option("--limit", default=100, show_default=True, help="At most so many, last used first.")
@json_option
@click.pass_obj
def list_(config_file: Path | None, user: str | None, limit: int, as_json: bool) -> None:
    """List live sessions, last used first."""

    async def action(services: Services) -> list[SessionInfo]:
        if user is None:
            return await services.list_sessions.of_all(limit=limit)
        return await services.list_sessions((await find_user(services, user)).subject)

    rows = [_fields(one, as_json) for one in with_services(config_file, action)]
    columns = ["id", "user", "kind", "signed_in_at", "last_seen_at", "address", "agent"]
    print_rows(rows, columns, as_json=as_json, empty="Nobody is signed in.")


@command.command()
@click.argument("session", required=False)
@click.option("--user", help="End all sessions of this user instead.")
@click.pass_obj
def revoke(config_file: Path | None, session: str | None, user: str | None) -> None:
    """End one session by its id, or all of a user."""
    if (session is None) == (user is None):
        raise click.UsageError("Name a session id or --user.")

    async def action(services: Services) -> None:
        if session is not None:
            await services.end_sessions.by_operator(session, source=OPERATOR)
        elif user is not None:
            await services.end_sessions.all_by_operator((await find_user(services, user)).subject, source=OPERATOR)

    with_services(config_file, action)
    click.echo("Ended. Access tokens that are out are refused here at once, elsewhere when they expire.")


def _fields(one: SessionInfo, as_json: bool) -> dict[str, object]:
    fields: dict[str, object] = msgspec.structs.asdict(one)
    del fields["current"]
    if not as_json:
        fields |= {name: moment(getattr(one, name)) for name in ("signed_in_at", "last_seen_at", "ends_at")}
    return fields
