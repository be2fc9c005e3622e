"""`gatepass backup`."""

import asyncio
from pathlib import Path

import click

from gatepass.cli.opened import require_database
from gatepass.cli.options import config_option, json_option
from gatepass.cli.output import done, next_step


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@config_option
def command(file: Path, as_json: bool, config_file: Path | None) -> None:
    """Copy the SQLite database to a new FILE, also while the server runs.

    Nothing is changed, and the secret key is neither needed nor copied: the copy is
    worth nothing without it. Keep that elsewhere, and safe.
    """
    from gatepass.server.secret_file import FILE_NAME
    from gatepass.server.settings import load
    from gatepass.server.store import open_store

    settings = load(file=config_file).settings
    require_database(settings)
    # Not opened: that would bring the schema up to date, which an update does after its backup.
    asyncio.run(open_store(settings.database_url).backup(file))
    size = file.stat().st_size
    done(
        f"Copied to {file} ({size:,} bytes), readable by you only.",
        {"file": str(file.absolute()), "bytes": size},
        as_json=as_json,
    )
    secret = "GATEPASS_SECRET_KEY" if settings.secret_key else (settings.data / FILE_NAME).absolute()
    next_step(f"Next: keep a copy of {secret} elsewhere; neither is of use without the other.", as_json=as_json)
