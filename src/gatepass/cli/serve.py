"""`gatepass serve`."""

import sys
from pathlib import Path
from typing import Any

import click

from gatepass.cli.output import next_step
from gatepass.kernel.errors import Misuse
from gatepass.server import logs
from gatepass.server.app import AuthServer
from gatepass.server.listener import Address, Limits, serve
from gatepass.server.settings import Settings, load


@click.command("serve")
@click.option("--host", help="Address to listen on.")
@click.option("--port", help="Port to listen on.")
@click.option("--tls-cert", help="PEM file with the certificate chain.")
@click.option("--tls-key", help="PEM file with the certificate's key.")
@click.option("--workers", help="Processes; more than one needs PostgreSQL.")
@click.pass_obj
def command(config_file: Path | None, /, **overrides: Any) -> None:
    """Run the auth server until Ctrl-C.

    Without any settings it keeps its database and its secret in ./gatepass-data.
    """
    settings = load(overrides, file=config_file).settings
    if settings.port == 0 and settings.issuer is None:
        raise Misuse("Port 0 needs GATEPASS_ISSUER: links and tokens name the public URL.")
    auth = AuthServer(settings)
    logs.configure(settings.log_level, as_json=not sys.stderr.isatty())

    def ready(address: Address) -> None:
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


def _say_what_next(settings: Settings, issuer: str) -> None:
    next_step(f"Pages: {issuer}/login {issuer}/register   API: {issuer}/openapi.json")
    if settings.secret_key is None:
        next_step(f"Development secret in {settings.data / 'secret.key'}; set GATEPASS_SECRET_KEY in production.")
