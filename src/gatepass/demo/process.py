"""One process of the town: `python -m gatepass.demo.process NAME FIRST-PORT FOLDER`."""

import asyncio
import contextlib
import sys
from pathlib import Path

import uvicorn

from gatepass.demo.forwarder import forward
from gatepass.demo.places import Places
from gatepass.demo.site import BANK, RETIREMENT, Doors, Site


def main(name: str, first: int, data: Path) -> None:
    """Run the process called `name` (see `Places.ports`) until it is told to stop."""
    places = Places(first)
    if name == "balancer":
        instances = {bank: places.ports[bank] for bank in ("bank-1", "bank-2")}
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(forward(places.ports[name], instances))
        return
    site = (
        Site(RETIREMENT, places.retirement, places.bank, places.issuer, (), name, data)
        if name == "retirement"
        else Site(BANK, places.bank, places.retirement, places.issuer, (places.balanced,), name, data)
    )
    uvicorn.run(Doors(site).app(), host="127.0.0.1", port=places.ports[name], log_level="warning", lifespan="off")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
