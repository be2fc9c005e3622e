"""`gatepass backup`."""

from pathlib import Path

import click

from gatepass.cli.output import next_step
from gatepass.cli.session import with_services
from gatepass.server.services import Services


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def command(config_file: Path | None, file: Path) -> None:
    """Copy the SQLite database to a new FILE while the server runs.

    The copy is worth nothing without the secret key: keep that elsewhere, and safe.
    """

    async def action(services: Services) -> None:
        await services.store.backup(file)

    with_services(config_file, action)
    click.echo(f"Copied to {file}, readable by you only.")
    next_step("The secret key is not in it: keep gatepass-data/secret.key, or GATEPASS_SECRET_KEY, elsewhere.")
