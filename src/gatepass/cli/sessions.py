"""`gatepass sessions`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatepass.cli.naming import by_option, called, find_user, unshielded
from gatepass.cli.opened import Opened, opened
from gatepass.cli.options import config_option, json_option, limit_option
from gatepass.cli.output import complain, done, next_step, print_rows

if TYPE_CHECKING:
    from gatepass.server.flows.list_sessions import SessionInfo

SCREENFUL = 100
"""Sessions that people get without --limit."""
EVERYTHING = 2**31 - 1
ELSEWHERE = "Access tokens that are out are refused here at once, elsewhere within seconds."
COLUMNS = ["id", "username", "kind", "device", "signed_in_at", "last_seen_at", "address"]


@click.group("sessions")
def command() -> None:
    """List and end sessions."""


@command.command("list")
@click.option("--user", callback=unshielded, help="Only those of one user: a username, an e-mail address or a sub.")
@by_option
@limit_option("sessions, last used first")
@json_option
@config_option
def list_(user: str | None, by: str | None, limit: int | None, as_json: bool, config_file: Path | None) -> None:
    """List live sessions, last used first."""
    most = limit or (EVERYTHING - 1 if as_json else SCREENFUL)
    with opened(config_file) as gatepass:
        found = gatepass.run(_live(gatepass, user, by, most + 1))
        rows = gatepass.run(_rows(gatepass, found[:most]))
    print_rows(rows, COLUMNS, as_json=as_json, empty="Nobody is signed in.")
    if len(found) > len(rows):
        next_step(f"There are more: --limit {10 * len(rows)}", as_json=as_json)


async def _live(gatepass: Opened, user: str | None, by: str | None, limit: int) -> Sequence["SessionInfo"]:
    sessions = gatepass.services.list_sessions
    if user is None:
        return await sessions.of_all(limit=limit)
    return await sessions((await find_user(gatepass.own.users, user, by)).subject, limit=limit)


async def _rows(gatepass: Opened, found: Sequence["SessionInfo"]) -> list[dict[str, object]]:
    users = {sub: await gatepass.own.users.find(sub) for sub in dict.fromkeys(one.user for one in found)}
    names = {sub: user.username or user.email for sub, user in users.items() if user}
    return [_fields(one, names.get(one.user)) for one in found]


@command.command()
@click.argument("session", required=False, callback=unshielded)
@click.option("--user", callback=unshielded, help="End all sessions of this user instead.")
@by_option
@json_option
@config_option
def revoke(session: str | None, user: str | None, by: str | None, as_json: bool, config_file: Path | None) -> int:
    """End one session by its id, or all of a user."""
    if (session is None) == (user is None):
        raise click.UsageError("Name a session id or --user.", click.get_current_context())
    with opened(config_file) as gatepass:
        ended = _end_one(gatepass, session) if session is not None else _end_all(gatepass, user or "", by)
    if ended is None:
        complain("There is no live session with this id: gatepass sessions list")
        return 1
    sentence, facts = ended
    done(f"{sentence} {ELSEWHERE}", facts, as_json=as_json)
    return 0


def _end_one(gatepass: Opened, session: str) -> tuple[str, dict[str, object]] | None:
    from gatepass.http.refusals import NotFound

    try:
        gatepass.run(gatepass.services.end_sessions.by_operator(session, source=gatepass.source))
    except NotFound:
        return None
    return "The session has ended.", {"id": session}


def _end_all(gatepass: Opened, named: str, by: str | None) -> tuple[str, dict[str, object]]:
    user = gatepass.run(find_user(gatepass.own.users, named, by))
    gatepass.run(gatepass.services.end_sessions.all_by_operator(user.subject, source=gatepass.source))
    return f"All sessions of {called(user)} have ended.", {"sub": user.subject}


def _fields(one: "SessionInfo", username: str | None) -> dict[str, object]:
    return {
        "id": one.id,
        "sub": one.user,
        "username": username,
        "kind": one.kind,
        "device": one.device,
        "signed_in_at": one.signed_in_at,
        "last_seen_at": one.last_seen_at,
        "ends_at": one.ends_at,
        "address": one.address,
        "agent": one.agent,
    }
