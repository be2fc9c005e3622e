"""One process of the town: `python -m gatepass.demo.town.process NAME FIRST-PORT FOLDER`."""

import asyncio
import contextlib
import sys
from pathlib import Path

from gatepass.demo.places import Places
from gatepass.demo.town.parent import follow

GRACE = 2
"""Seconds for running requests when the process is told to stop."""


def main(name: str, first: int, data: Path) -> None:
    """Run the process called `name` (see `Places.ports`) until it is told to stop."""
    places = Places(first)
    if name == "balancer":
        _balance(places)
    else:
        _serve(name, places, data)


# Each loads only what it needs: five processes start at once.


def _balance(places: Places) -> None:
    from gatepass.demo.town.forwarder import forward

    instances = {bank: places.ports[bank] for bank in ("bank-1", "bank-2")}
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(forward(places.ports["balancer"], instances))


def _serve(name: str, places: Places, data: Path) -> None:
    import uvicorn

    from gatepass.demo.sites.doors import Doors
    from gatepass.demo.sites.site import site

    uvicorn.run(
        Doors(site(name, places, data)).app(),
        host="127.0.0.1",
        port=places.ports[name],
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )


if __name__ == "__main__":
    follow()
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
