"""One process of the town: `python -m gatepass.demo.town.process` with the arguments that `words` makes."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from gatepass.demo.certificates.tls import Tls
from gatepass.demo.places import Places
from gatepass.demo.town.parent import follow

HTTPS, SHARED_SECRET = "--https", "--shared-secret"
GRACE = 2
"""Seconds for running requests when the process is told to stop."""


def words(name: str, places: Places, folder: Path) -> list[str]:
    """Arguments for the process called `name`, as `main` takes them."""
    flags = {HTTPS: places.https, SHARED_SECRET: places.shared_secret}
    return [name, str(places.first), str(folder), *(flag for flag, wanted in flags.items() if wanted)]


def main(name: str, first: str, folder: str, *flags: str) -> None:
    """Run the process called `name` (see `Places.ports`) until it is told to stop."""
    places, data = Places(int(first), HTTPS in flags, SHARED_SECRET in flags), Path(folder)
    if name == "balancer":
        _balance(places, data)
    else:
        _serve(name, places, data)


# Each loads only what it needs: ten processes start at once, and each keeps what it has loaded.


def _balance(places: Places, data: Path) -> None:
    from gatepass.demo.town.forwarder import forward

    instances = {bank: places.ports[bank] for bank in ("bank-1", "bank-2")}
    tls = Tls.within(data) if places.https else None
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(forward(places.ports["balancer"], instances, tls))


def _serve(name: str, places: Places, data: Path) -> None:
    import uvicorn

    app, settings = _hub(places, data) if name == "hub" else _site(name, places, data)
    if places.https:
        files = Tls.within(data)
        settings |= {"ssl_certfile": files.certificate, "ssl_keyfile": files.key}
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=places.ports[name],
        loop="asyncio",
        http="h11",  # bounds the head of a request; httptools takes one of any length
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        **settings,
    )


def _hub(places: Places, data: Path) -> tuple[Any, dict[str, Any]]:
    from gatepass.demo.hub.app import app
    from gatepass.demo.town.console import Console
    from gatepass.demo.town.told import METRICS_TOKEN

    console = Console(os.environ, data)
    return app(places, console, metrics_token=os.environ.get(METRICS_TOKEN, "")), {"ws": "none"}


def _site(name: str, places: Places, data: Path) -> tuple[Any, dict[str, Any]]:
    from gatepass.demo.sites.doors import Doors
    from gatepass.demo.sites.site import site

    app = Doors(site(name, places, data)).app()
    if name != "chat":
        return app, {"ws": "none"}
    from gatepass.demo.sites.chat.listener import UVICORN

    return app, dict(UVICORN)


if __name__ == "__main__":
    follow()
    main(*sys.argv[1:])
