"""`gatepass audiences`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatepass.cli.opened import Opened, opened
from gatepass.cli.options import config_option, json_option
from gatepass.cli.output import done, next_step, print_fields, print_rows
from gatepass.kernel import clock
from gatepass.kernel.errors import Misuse

if TYPE_CHECKING:
    from gatepass.server.clients.model import Audience

COLUMNS = ["audience", "name", "group", "scopes", "declared_by"]


@click.group("audiences")
def command() -> None:
    """Declare the services that tokens may be made for (RFC 8707)."""


@command.command()
@click.argument("url")
@click.option("--name", help="What to call it; the URL unless given.")
@click.option("--group", help="Trust group: one token may name several members of one group.")
@click.option("--scopes", help="Scopes that mean something there, separated by spaces; all unless given.")
@json_option
@config_option
def add(
    url: str, name: str | None, group: str | None, scopes: str | None, as_json: bool, config_file: Path | None
) -> None:
    """Declare a service by its URL."""
    with opened(config_file, make=True) as gatepass:
        declare = gatepass.services.clients.add
        found = gatepass.run(
            declare(
                url,
                name=name or _as_declared(url),
                trust_group=group,
                scopes=scopes,
                now=clock.now(),
                source=gatepass.source,
            )
        )
        print_fields(_fields(gatepass, found, as_json), as_json=as_json)
        issuer = gatepass.settings.public_url
    next_step(f'Next, in that service: Gate(trust="{issuer}", audience="{found.url}")', as_json=as_json)


@command.command("list")
@json_option
@config_option
def list_(as_json: bool, config_file: Path | None) -> None:
    """List declared services, those of the settings included."""
    with opened(config_file) as gatepass:
        found = gatepass.run(gatepass.services.clients.audiences())
        rows = [_fields(gatepass, one, as_json) for one in found]
    print_rows(rows, COLUMNS, as_json=as_json, empty="None yet: gatepass audiences add URL")


@command.command()
@click.argument("url")
@json_option
@config_option
def remove(url: str, as_json: bool, config_file: Path | None) -> None:
    """Take a declaration back; tokens that are out live until they expire."""
    with opened(config_file) as gatepass:
        audience = _as_declared(url)
        if audience in _configured(gatepass):
            raise Misuse("The settings declare this audience: take it out of GATEPASS_AUDIENCES or gatepass.toml.")
        remove = gatepass.services.clients.remove
        gatepass.run(remove(audience, now=clock.now(), source=gatepass.source))
    done(f"{audience} gets no new tokens.", {"audience": audience}, as_json=as_json)


def _as_declared(url: str) -> str:
    """As `add` wrote it; what is no URL is not declared either, and stays as it is."""
    from gatepass.http.urls import public_url

    try:
        return public_url(url)
    except Misuse:
        return url


def _configured(gatepass: Opened) -> set[str]:
    return {one.url for one in gatepass.settings.audiences}


def _fields(gatepass: Opened, one: "Audience", as_json: bool) -> dict[str, object]:
    """One audience; programs read null where all scopes mean something."""
    configured = one.url in _configured(gatepass)
    all_scopes = None if as_json else "all"
    return {
        "audience": one.url,
        "name": one.name,
        "group": one.trust_group,
        "scopes": all_scopes if one.scopes is None else list(one.scopes),
        "declared_by": "settings" if configured else "command",
        "added_at": None if configured else one.added_at,
    }
