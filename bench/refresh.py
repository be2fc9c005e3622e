"""Durable refreshes per second, and their 99th percentile, on SQLite.

    python bench/refresh.py [seconds per round]

Each awaiter has a refresh family of its own and asks for the next token as soon as it
has one. A refresh is the whole flow: read, MAC, user, audience, scope, signature, and
one unit with compare-and-swap, audit line and, once a minute, the session's last use,
on disk (synchronous=FULL) when it is answered. Rounds of 1, 16 and 64 awaiters take turns; the median counts.
"""

import asyncio
import statistics
import sys
import tempfile
import time

from gatepass.kernel.secret import Secret
from gatepass.server.audit.model import Source
from gatepass.server.budgets import Budgets, Limit
from gatepass.server.clients.model import FIRST_PARTY
from gatepass.server.clients.service import Clients
from gatepass.server.flows.refresh import Refresh
from gatepass.server.issuing.access import AccessTokens
from gatepass.server.keys.service import KeyRing
from gatepass.server.master import MasterSecret
from gatepass.server.metrics import Metrics
from gatepass.server.sessions.grace import GraceClock
from gatepass.server.sessions.service import Sessions
from gatepass.server.status.drawing import Drawing
from gatepass.server.store import Store, open_store
from gatepass.server.users.model import User

ISSUER = "https://id.example.com"
SOURCE = Source("192.0.2.7", "bench", "request")
MASTER = MasterSecret(Secret(b"b" * 32))
AWAITERS = (1, 16, 64)
ROUNDS = 3


class OneUser:
    """A user table that costs nothing."""

    async def authenticate(self, identifier: str, password: str) -> User | None:
        """Nobody signs in here."""
        return None

    async def find(self, subject: str) -> User | None:
        """Everybody is there."""
        return User(subject=subject, scopes=("read",))


async def flow(store: Store) -> Refresh:
    """The refresh flow over `store`."""
    sessions, ring = Sessions(store, MASTER), KeyRing(store, MASTER)
    await ring.open()
    clients, access = Clients(store, issuer=ISSUER), AccessTokens(ring, issuer=ISSUER)
    unlimited = Limit("family", 10**9, 60)
    budgets = Budgets(Metrics())
    return Refresh(store, sessions, clients, OneUser(), access, GraceClock(sessions), budgets, per_family=unlimited)


async def sign_in(refresh: Refresh, drawing: Drawing) -> str:
    """A new family's first token."""
    now = int(time.time())
    started = refresh.sessions.starting_grant(
        "u",
        client_id=FIRST_PARTY,
        scope="read",
        audiences=[ISSUER],
        status=await drawing.draw(now=now),
        now=now,
        source=SOURCE,
    )
    await refresh.store.write(*started.calls)
    return started.refresh_token


async def awaiter(refresh: Refresh, drawing: Drawing, until: float, took: list[float]) -> None:
    """Ask for token after token."""
    token = await sign_in(refresh, drawing)
    while (begun := time.perf_counter()) < until:
        token = (await refresh(token, source=SOURCE)).refresh_token
        took.append(time.perf_counter() - begun)


async def measure(refresh: Refresh, drawing: Drawing, awaiters: int, seconds: float) -> tuple[float, float]:
    """Refreshes per second, and the 99th percentile in milliseconds."""
    took: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(awaiter(refresh, drawing, begun + seconds, took) for _ in range(awaiters)))
    elapsed = time.perf_counter() - begun
    return len(took) / elapsed, statistics.quantiles(took, n=100)[98] * 1000


async def main(seconds: float) -> None:
    """All rounds, and the table."""
    found: dict[int, list[tuple[float, float]]] = {awaiters: [] for awaiters in AWAITERS}
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bench.db")
        await store.open()
        refresh, drawing = await flow(store), Drawing(store, MASTER)
        await measure(refresh, drawing, 4, 0.2)
        for _ in range(ROUNDS):
            for awaiters in AWAITERS:
                found[awaiters].append(await measure(refresh, drawing, awaiters, seconds))
        await store.close()
    print(f"{'awaiters':>8} {'refreshes/s':>12} {'p99 ms':>8}")
    for awaiters, rounds in found.items():
        rate, p99 = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{awaiters:>8} {rate:>12,.0f} {p99:>8.2f}")


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0))
