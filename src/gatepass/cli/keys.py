"""`gatepass keys`."""

from pathlib import Path

import click

from gatepass.cli.output import json_option, moment, print_rows
from gatepass.cli.session import with_services
from gatepass.kernel import clock
from gatepass.server.keys.model import SigningKey
from gatepass.server.services import Services


@click.group("keys")
def command() -> None:
    """List the signing keys."""


@command.command("list")
@json_option
@click.pass_obj
def list_(config_file: Path | None, as_json: bool) -> None:
    """List the keys that are published, and what each is doing now."""

    async def action(services: Services) -> list[SigningKey]:
        return await services.ring.keys()

    now = int(clock.now())
    rows = [
        {"kid": key.kid, "alg": key.alg, "state": key.state(now), "created": moment(key.created_at)}
        for key in with_services(config_file, action)
    ]
    print_rows(rows, ["kid", "alg", "state", "created"], as_json=as_json, empty="No keys.")
