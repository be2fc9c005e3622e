"""`gatepass keys`."""

from pathlib import Path

import click

from gatepass.cli.opened import opened
from gatepass.cli.options import config_option, json_option
from gatepass.cli.output import print_rows
from gatepass.kernel import clock

COLUMNS = ["kid", "alg", "state", "created_at"]


@click.group("keys")
def command() -> None:
    """List the signing keys."""


@command.command("list")
@json_option
@config_option
def list_(as_json: bool, config_file: Path | None) -> None:
    """List all signing keys, and what each is doing now."""
    with opened(config_file) as gatepass:
        found = gatepass.run(gatepass.services.ring.keys())
    now = int(clock.now())
    rows = [
        {
            "kid": key.kid,
            "alg": key.alg,
            "state": key.state(now),
            "created_at": key.created_at,
            "activate_at": key.activate_at,
            "retire_at": key.retire_at,
            "gone_at": key.gone_at,
        }
        for key in found
    ]
    print_rows(rows, COLUMNS, as_json=as_json, empty="No keys.")
