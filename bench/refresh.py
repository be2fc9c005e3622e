"""What keeping state costs: durable refreshes, requests over HTTP, and tables that grow.

    python bench/refresh.py [seconds per round] [--docs]

Refreshes per second and their 99th percentile, for 1, 16 and 64 clients on SQLite
(synchronous=FULL) and on a PostgreSQL of our own, in one process: each client has a family
of its own and asks for the next token as soon as it has one. A refresh is the whole flow:
read, MAC, audience, scope, signature, and one unit with compare-and-swap, audit line and,
once a minute, the session's last use, on disk when it is answered. Engines and numbers of
clients take turns; medians count. Then single steps in databases of 1,000 sessions and more.

With `--docs` it takes two minutes, goes up to a million sessions, measures requests over
HTTP as well, and writes all of it with pictures into docs/performance.md.
"""

import argparse
import asyncio
import os
import platform
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from server import requests

from bench.peers.table import put
from bench.state.engines import SQLITE, Engines, engines
from bench.state.figures import SIZES, Figures
from bench.state.growth import growth
from bench.state.rates import rates
from bench.state.table import MARKS, pictures, report

DOCS = Path(__file__).resolve().parent.parent / "docs"
SHORT, LONG = 3, 5
"""Rounds."""


def main() -> None:
    """Measure, and say what was seen."""
    parser = argparse.ArgumentParser(description="Durable refreshes, requests, and tables that grow.")
    parser.add_argument("seconds", type=float, nargs="?", default=0.7, help="of each round")
    parser.add_argument("--docs", action="store_true", help="write the figures into docs/performance.md")
    given = parser.parse_args()
    with engines() as found:
        figures = asyncio.run(measure(found, given.seconds, thorough=given.docs))
    print(report(figures))
    if given.docs:
        write(figures)


async def measure(found: Engines, seconds: float, *, thorough: bool) -> Figures:
    """All of it. `thorough`: more rounds, the largest tables, and requests."""
    rounds = LONG if thorough else SHORT
    busy = [os.getloadavg()[0]]
    seen = await rates(found, rounds, seconds)
    busy.append(os.getloadavg()[0])
    asked = await asyncio.to_thread(requests, rounds) if thorough else {}
    grown = await growth(found, SIZES if thorough else SIZES[:2], rounds)
    busy.append(os.getloadavg()[0])
    return Figures(seen, asked, grown, found.missing, await setting(found, rounds, busy))


async def setting(found: Engines, rounds: int, busy: list[float]) -> list[str]:
    """What it ran on."""
    others = []
    for engine in set(found.names) - {SQLITE}:
        async with found.store(engine, "version") as store:
            others.append(f"{engine} {(await store.version()).release.split()[0]}")
    cores = f"{os.cpu_count()} cores with a load of {min(busy):.1f} to {max(busy):.1f}, the benchmark's own included"
    return [
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        *others,
        f"{rounds} rounds",
        cores,
    ]


def write(figures: Figures) -> None:
    """Renew the tables and the pictures."""
    page = DOCS / "performance.md"
    page.write_text(put(page.read_text(), report(figures), MARKS))
    for name, drawn in pictures(figures).items():
        (DOCS / "pictures" / name).write_text(drawn)


if __name__ == "__main__":
    main()
