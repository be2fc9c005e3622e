"""`gatepass serve`."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gatepass.cli.opened import require_secret
from gatepass.cli.options import config_option
from gatepass.cli.output import is_terminal, next_step

if TYPE_CHECKING:
    from gatepass.server.listener import Address
    from gatepass.server.settings import Settings


@click.command("serve")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="PEM file with the certificate chain.")
@click.option("--tls-key", type=click.Path(path_type=Path), help="PEM file with the certificate's key.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; more than one needs PostgreSQL.")
@config_option
def command(config_file: Path | None, **overrides: Any) -> None:
    """Run the auth server until Ctrl-C.

    Without any settings it keeps its database and its secret in ./gatepass-data. What
    can be set, and to what: gatepass config show --help
    """
    from gatepass.server import logs
    from gatepass.server.app import AuthServer
    from gatepass.server.listener import Limits, serve
    from gatepass.server.settings import load

    settings = load(overrides, file=config_file).settings
    require_secret(settings)
    auth = AuthServer(settings)
    logs.configure(settings.log_level, as_json=not is_terminal(sys.stderr))
    logging.getLogger("uvicorn.error").addFilter(_says_more_than_we_do)

    def ready(address: "Address") -> None:
        click.echo(f"Gatepass {auth.issuer} is listening on {address.host} port {address.port}.")
        _say_what_next(settings, auth.issuer)

    serve(
        auth,
        host=settings.host,
        port=settings.port,
        tls_cert=settings.tls_cert,
        tls_key=settings.tls_key,
        proxy=settings.proxy,
        limits=Limits(connections=settings.max_connections),
        workers=settings.workers,
        ready=ready,
    )


def _says_more_than_we_do(record: logging.LogRecord) -> bool:
    """Not so the line that the start failed: the one that says why comes after it."""
    return record.msg != "Application startup failed. Exiting."


def _say_what_next(settings: "Settings", issuer: str) -> None:
    next_step(f"Pages: {issuer}/login {issuer}/register   API: {issuer}/openapi.json")
    if settings.secret_key is None:
        next_step(
            f"Database and development secret are in {settings.data.absolute()}; production sets GATEPASS_SECRET_KEY."
        )
    next_step("Next, in another terminal: gatepass users create NAME. Ctrl-C stops the server.")
