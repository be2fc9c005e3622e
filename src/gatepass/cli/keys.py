"""`gatepass keys`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatepass.cli.naming import unshielded
from gatepass.cli.opened import opened
from gatepass.cli.options import config_option, json_option
from gatepass.cli.output import done, next_step, print_rows
from gatepass.kernel import clock

if TYPE_CHECKING:
    from gatepass.server.keys.model import SigningKey

COLUMNS = ["kid", "alg", "state", "created_at"]
FIELDS = [*COLUMNS, "activate_at", "retire_at", "gone_at"]
NEXT_SECOND = "A running server does so within a second, a service that asked it before within a minute."


@click.group("keys")
def command() -> None:
    """List, rotate and revoke the signing keys; wrap them with a new secret."""


@command.command("list")
@click.option("--timeline", is_flag=True, help="Draw what each key does when, instead of the table.")
@click.option("--svg", type=click.Path(path_type=Path), help="Write the timeline to this new file, as a picture.")
@json_option
@config_option
def list_(timeline: bool, svg: Path | None, as_json: bool, config_file: Path | None) -> None:
    """List all signing keys, and what each is doing now."""
    from gatepass.server.keys import timeline as drawing

    with opened(config_file) as gatepass:
        found = gatepass.run(gatepass.services.ring.keys())
    now = int(clock.now())
    if svg is not None:
        with svg.open("x", encoding="utf-8") as file:
            file.write(drawing.svg(found, now))
    if timeline and not as_json:
        click.echo(drawing.text(found, now), nl=False)
    else:
        _print(found, as_json=as_json)


@command.command()
@click.option("--alg", help="Only the key of this algorithm; all unless given.")
@json_option
@config_option
def rotate(alg: str | None, as_json: bool, config_file: Path | None) -> None:
    """Let the published keys sign from now on, before their time.

    What the keys before them signed stays good. A key that has not been published for
    key_ahead, a day unless set, does not sign yet: some services would not know it.
    """
    with opened(config_file) as gatepass:
        changed = gatepass.run(gatepass.services.keeper.rotate([alg] if alg else None, source=gatepass.source))
    _print(changed, as_json=as_json)
    next_step(NEXT_SECOND, as_json=as_json)


@command.command()
@click.argument("kid", callback=unshielded)
@json_option
@config_option
def revoke(kid: str, as_json: bool, config_file: Path | None) -> None:
    """Take out a key that somebody else may have: whatever it signed is refused.

    The key that stands by takes over, and another one is made. Clients get new tokens
    with their next refresh; nobody has to sign in again.
    """
    with opened(config_file) as gatepass:
        changed = gatepass.run(gatepass.services.keeper.revoke(kid, source=gatepass.source))
    _print(changed, as_json=as_json)
    next_step(NEXT_SECOND, as_json=as_json)


@command.command()
@click.argument("alg")
@json_option
@config_option
def generate(alg: str, as_json: bool, config_file: Path | None) -> None:
    """Publish a key of another algorithm, ahead of a change of signing_alg."""
    from gatepass.server.settings.values import humane

    with opened(config_file) as gatepass:
        made = gatepass.run(gatepass.services.keeper.generate(alg, source=gatepass.source))
        ahead = gatepass.settings.key_ahead
    _print(made, as_json=as_json)
    when = f"Next, in {humane(ahead)}" if ahead else "Next"
    next_step(f"{when}: GATEPASS_SIGNING_ALG={made[0].alg}", as_json=as_json)


@command.command()
@json_option
@config_option
def rewrap(as_json: bool, config_file: Path | None) -> None:
    """Encrypt all private keys with the current secret; run it after a change of GATEPASS_SECRET_KEY.

    The secret before must be listed in GATEPASS_PREVIOUS_SECRET_KEYS.
    """
    with opened(config_file) as gatepass:
        count = gatepass.run(gatepass.services.keeper.rewrap(source=gatepass.source))
        days = -(-gatepass.settings.refresh_absolute // 86_400)
    done(f"{count} keys were wrapped again." if count else "All keys are wrapped so.", {"keys": count}, as_json=as_json)
    next_step(
        f"Keep the previous secret listed for {days} days: refresh tokens that are out were made with it. "
        "As long as it is listed, names of users who were deleted before stay reserved.",
        as_json=as_json,
    )


def _print(keys: Sequence["SigningKey"], *, as_json: bool) -> None:
    now = int(clock.now())
    rows = [{name: key.state(now) if name == "state" else getattr(key, name) for name in FIELDS} for key in keys]
    print_rows(rows, COLUMNS, as_json=as_json, empty="No keys.")
