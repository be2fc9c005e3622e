"""`gatepass audiences`."""

from pathlib import Path

import click

from gatepass.cli.output import json_option, next_step, print_fields, print_rows
from gatepass.cli.session import OPERATOR, with_services
from gatepass.kernel import clock
from gatepass.server.clients.model import Audience
from gatepass.server.services import Services


@click.group("audiences")
def command() -> None:
    """Declare the services that tokens may be made for (RFC 8707)."""


@command.command()
@click.argument("url")
@click.option("--name", help="What to call it; the URL unless given.")
@click.option("--group", help="Trust group: one token may name several members of one group.")
@click.option("--scopes", help="Scopes that mean something there, separated by spaces; all unless given.")
@json_option
@click.pass_obj
def add(
    config_file: Path | None, url: str, name: str | None, group: str | None, scopes: str | None, as_json: bool
) -> None:
    """Declare a service by its URL."""

    async def action(services: Services) -> Audience:
        return await services.clients.add(
            url, name=name or url, trust_group=group, scopes=scopes, now=clock.now(), source=OPERATOR
        )

    found = with_services(config_file, action)
    print_fields(_fields(found), as_json=as_json)
    next_step(f'Next, in that service: Gate(trust="ISSUER URL", audience="{found.url}")', as_json=as_json)


@command.command("list")
@json_option
@click.pass_obj
def list_(config_file: Path | None, as_json: bool) -> None:
    """List declared services."""

    async def action(services: Services) -> list[Audience]:
        return await services.clients.audiences()

    rows = [_fields(one) for one in with_services(config_file, action)]
    columns = ["audience", "name", "group", "scopes"]
    print_rows(rows, columns, as_json=as_json, empty="None yet: gatepass audiences add URL")


@command.command()
@click.argument("url")
@click.pass_obj
def remove(config_file: Path | None, url: str) -> None:
    """Take a declaration back; tokens that are out live until they expire."""

    async def action(services: Services) -> None:
        await services.clients.remove(url, now=clock.now(), source=OPERATOR)

    with_services(config_file, action)
    click.echo("Removed.")


def _fields(one: Audience) -> dict[str, object]:
    scopes = "all" if one.scopes is None else " ".join(one.scopes)
    return {"audience": one.url, "name": one.name, "group": one.trust_group, "scopes": scopes}
