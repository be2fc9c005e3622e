"""Taking a database away and seeing it come back."""

import asyncio
import os
import signal
from time import monotonic

import httpx2

from tests.support.postgres import Cluster

PATIENCE = 60.0
POLL = 0.05


def crash(cluster: Cluster) -> None:
    """End PostgreSQL as a crash does: nothing is finished, the next start recovers from the log."""
    number = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(number, signal.SIGQUIT)
    cluster.stop()


async def until_ready(client: httpx2.AsyncClient, *urls: str) -> None:
    """Return when every server says that it takes requests; ask them as a load balancer does."""
    deadline = monotonic() + PATIENCE
    for url in urls:
        while (await client.get(f"{url}/readyz")).status_code != 200:
            assert monotonic() < deadline, f"{url} does not come back"
            await asyncio.sleep(POLL)
