"""`gatepass audit`."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatepass.cli.naming import by_option, find_user, unshielded
from gatepass.cli.opened import Opened, opened
from gatepass.cli.options import config_option
from gatepass.cli.output import moment, printable
from gatepass.kernel import clock
from gatepass.kernel.errors import Misuse

if TYPE_CHECKING:
    from gatepass.server.audit.model import AuditLine

SCREENFUL = 50
PAUSE = 0.5
"""Seconds between two looks while following."""
OVERLAP = 10.0
"""Seconds that are looked at again: a line may be written after a later one, and clocks of nodes differ."""


@click.group("audit")
def command() -> None:
    """Read what happened: sign-ins, refusals, ended sessions, changed keys, acts of operators.

    What each event means, and what to do about it, stands in docs/events.md.
    """


@command.command()
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens from now on, until Ctrl-C.")
@click.option("--user", callback=unshielded, help="Only events of one user: a username, an e-mail address or a sub.")
@by_option
@click.option("--name", help="Only events of this name.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=SCREENFUL, show_default=True, help="So many to begin with."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line, for programs.")
@config_option
def tail(
    follow: bool,
    user: str | None,
    by: str | None,
    name: str | None,
    limit: int,
    as_json: bool,
    config_file: Path | None,
) -> None:
    """Print the newest events, oldest of them first.

    A user who was deleted is named by the sub: the events outlive the account.
    """
    _check_name(name)
    with opened(config_file) as gatepass:
        subject = gatepass.run(_subject(gatepass, user, by)) if user is not None else None
        reading = _Reading(gatepass, subject, name)
        try:
            _show(reading.newest(limit), as_json=as_json)
            while follow:
                gatepass.run(asyncio.sleep(PAUSE))
                _show(reading.new(), as_json=as_json)
        except KeyboardInterrupt:
            # The usual end of following; of anything else it is an interruption.
            if not follow:
                raise


class _Reading:
    """What was shown, and what has come since."""

    def __init__(self, gatepass: Opened, user: str | None, name: str | None) -> None:
        self._gatepass = gatepass
        self._user = user
        self._name = name
        self._began = clock.now()
        self._shown: dict[str, int] = {}

    def newest(self, limit: int) -> list["AuditLine"]:
        from gatepass.server.audit.events import recent

        # Those of the last moments that the limit leaves out are not new. Asked for first: what comes meanwhile is.
        self._new(self._since(self._began - OVERLAP))
        store = self._gatepass.services.store
        found = self._gatepass.run(recent(store, user=self._user, name=self._name, limit=limit))
        self._new(found)
        return found[::-1]

    def new(self) -> list["AuditLine"]:
        since = max(self._began, clock.now()) - OVERLAP
        found = self._new(self._since(since))
        self._shown = {id_: at for id_, at in self._shown.items() if at >= int(since) - 1}
        return found

    def _since(self, moment: float) -> list["AuditLine"]:
        from gatepass.server.audit.events import since

        return self._gatepass.run(since(self._gatepass.services.store, moment, user=self._user, name=self._name))

    def _new(self, lines: Sequence["AuditLine"]) -> list["AuditLine"]:
        found = [line for line in lines if line.id not in self._shown]
        self._shown |= {line.id: line.at for line in found}
        return found


async def _subject(gatepass: Opened, named: str, by: str | None) -> str:
    from gatepass.server.users.errors import UserConflict

    try:
        return (await find_user(gatepass.own.users, named, by)).subject
    except UserConflict:
        return named


def _check_name(name: str | None) -> None:
    from gatepass.server.audit.kinds import BY_NAME

    if name is not None and name not in BY_NAME:
        raise Misuse("There is no event of this name; docs/events.md lists them.")


def _show(lines: Sequence["AuditLine"], *, as_json: bool) -> None:
    for line in lines:
        click.echo(_json(line) if as_json else _sentence(line))


def _json(line: "AuditLine") -> str:
    return json.dumps({field: getattr(line, field) for field in line.__struct_fields__})


def _sentence(line: "AuditLine") -> str:
    """Time, name and facts on one line. In quotes what a client says, so that it cannot pass for a fact."""
    facts = {
        "user": line.user,
        "session": line.session,
        "client": line.client,
        **line.detail,
        "address": line.address,
        "request": line.request_id,
    }
    told = [f"{name}={_fact(value)}" for name, value in facts.items() if value not in (None, "", {})]
    agent = [f"agent={json.dumps(line.agent, ensure_ascii=False)}"] if line.agent else []
    return printable("  ".join([moment(line.at), f"{line.name:<26}", " ".join([*told, *agent])]).rstrip())


def _fact(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
