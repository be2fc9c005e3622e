"""`gatepass demo`."""

import click


@click.command("demo")
@click.option("--walk", is_flag=True, help="Stop after the walk through the story; its exit code tells how it went.")
@click.option("-v", "--verbose", is_flag=True, help="Show every request and answer in full.")
@click.option("--port", default=8000, show_default=True, help="First of the ports that are used.")
def command(walk: bool, verbose: bool, port: int) -> int:
    """Run auth server, bank and retirement site, and walk through their story."""
    from gatepass.demo.show import show

    return show(first_port=port, only_walk=walk, verbose=verbose)
