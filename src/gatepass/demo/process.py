"""One process of the town: `python -m gatepass.demo.process NAME FIRST-PORT FOLDER`."""

import asyncio
import contextlib
import sys
from pathlib import Path

import uvicorn

from gatepass.demo.doors import Doors
from gatepass.demo.forwarder import forward
from gatepass.demo.parent import follow
from gatepass.demo.places import Places
from gatepass.demo.site import site

GRACE = 2
"""Seconds for running requests when the process is told to stop."""


def main(name: str, first: int, data: Path) -> None:
    """Run the process called `name` (see `Places.ports`) until it is told to stop."""
    places = Places(first)
    port = places.ports[name]
    if name == "balancer":
        instances = {bank: places.ports[bank] for bank in ("bank-1", "bank-2")}
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(forward(port, instances))
        return
    uvicorn.run(
        Doors(site(name, places, data)).app(),
        host="127.0.0.1",
        port=port,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )


if __name__ == "__main__":
    follow()
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
