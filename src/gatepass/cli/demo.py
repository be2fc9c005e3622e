"""`gatepass demo`."""

import click

# The ports after the first are used as well; below 1024 they are the administrator's.
PORTS = click.IntRange(1_024, 65_500)


@click.command("demo")
@click.option("--walk", is_flag=True, help="Stop after the walk through the story; its exit code tells how it went.")
@click.option("-v", "--verbose", is_flag=True, help="Show every request and answer in full.")
@click.option("--port", type=PORTS, default=8000, show_default=True, help="First of the five ports that are used.")
def command(walk: bool, verbose: bool, port: int) -> int:
    """Run auth server, bank and retirement site, and walk through their story.

    On a terminal everything stays up after the walk until Ctrl-C, for you to try.
    """
    from gatepass.demo.show import show

    return show(first_port=port, only_walk=walk, verbose=verbose)
