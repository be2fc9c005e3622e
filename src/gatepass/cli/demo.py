"""`gatepass demo`."""

import click

# The ports after the first are used as well, the last by the hub; below 1024 they are the administrator's.
PORTS = click.IntRange(1_024, 65_400)


@click.command("demo")
@click.option("--walk", is_flag=True, help="Stop after the walk through the story; its exit code tells how it went.")
@click.option("-v", "--verbose", is_flag=True, help="Show every request and answer in full.")
@click.option(
    "--port",
    type=PORTS,
    default=8000,
    show_default=True,
    help="First of nine ports that are used; the hub has the one 80 above it.",
)
@click.option("--https", is_flag=True, help="Serve everything over TLS, with an authority made for one day.")
@click.option("--shared-secret", is_flag=True, help="Sign tokens with one secret that all sites share (HS256).")
def command(walk: bool, verbose: bool, port: int, https: bool, shared_secret: bool) -> int:
    """Run a town of servers, and walk through the story of its visitors.

    Auth server, bank, retirement site, shop, help desk, forum and chat, and a hub where
    sessions and tokens can be seen at work. On a terminal everything stays up after the
    walk until Ctrl-C, for you to try.
    """
    from gatepass.demo.places import Places
    from gatepass.demo.show import show

    return show(Places(port, https, shared_secret), only_walk=walk, verbose=verbose)
