"""`gatepass clients`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatepass.cli.naming import unshielded
from gatepass.cli.opened import opened
from gatepass.cli.options import config_option, json_option
from gatepass.cli.output import done, next_step, print_fields, print_rows
from gatepass.kernel import clock

if TYPE_CHECKING:
    from gatepass.server.clients.model import Client

COLUMNS = ["id", "name", "audience", "created_at", "rotated_at"]
ONCE = "The secret is shown this once; keep it where the service reads its secrets."


@click.group("clients")
def command() -> None:
    """Give services an id and a secret, to ask whether a token is still good (RFC 7662)."""


@command.command()
@click.argument("name")
@click.option(
    "--audience", required=True, help="Which declared audience it is: it sees tokens that name it, no others."
)
@json_option
@config_option
def add(name: str, audience: str, as_json: bool, config_file: Path | None) -> None:
    """Give a service an id and a secret."""
    with opened(config_file) as gatepass:
        client, secret = gatepass.run(
            gatepass.services.confidential.add(name, audience=audience, now=clock.now(), source=gatepass.source)
        )
    print_fields({**_fields(client), "secret": secret}, as_json=as_json)
    next_step(ONCE, as_json=as_json)


@command.command("list")
@json_option
@config_option
def list_(as_json: bool, config_file: Path | None) -> None:
    """List services that have a secret."""
    with opened(config_file) as gatepass:
        found = gatepass.run(gatepass.services.confidential.all())
    rows = [_fields(client) for client in found]
    print_rows(rows, COLUMNS, as_json=as_json, empty="None yet: gatepass clients add NAME --audience URL")


@command.command("rotate-secret")
@click.argument("client", metavar="ID", callback=unshielded)
@click.option("--now", "at_once", is_flag=True, help="The old secret is good no more: somebody else may have it.")
@json_option
@config_option
def rotate_secret(client: str, at_once: bool, as_json: bool, config_file: Path | None) -> None:
    """Give a service a new secret. The old one goes on for a day, so that nothing fails meanwhile."""
    from gatepass.server.clients.confidential import OVERLAP

    with opened(config_file) as gatepass:
        found, secret = gatepass.run(
            gatepass.services.confidential.rotate(
                client, overlap=0 if at_once else OVERLAP, now=clock.now(), source=gatepass.source
            )
        )
    print_fields({**_fields(found), "secret": secret}, as_json=as_json)
    next_step(ONCE, as_json=as_json)


@command.command()
@click.argument("client", metavar="ID", callback=unshielded)
@json_option
@config_option
def remove(client: str, as_json: bool, config_file: Path | None) -> None:
    """Let a service ask no more."""
    with opened(config_file) as gatepass:
        gatepass.run(gatepass.services.confidential.remove(client, now=clock.now(), source=gatepass.source))
    done("The service gets no more answers.", {"id": client}, as_json=as_json)


def _fields(client: "Client") -> dict[str, object]:
    return {
        "id": client.id,
        "name": client.name,
        "kind": client.kind,
        "audience": client.audience,
        "created_at": client.created_at,
        "rotated_at": client.rotated_at,
        "previous_good_until_at": client.previous_until,
    }
