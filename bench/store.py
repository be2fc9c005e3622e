"""What the store costs: short reads, and swaps that are durable when they return.

Each line is one number of awaiters at once in one event loop. A swap is one UPDATE with a
condition, as a refresh is; "two" is a unit of two of them. PostgreSQL, a server of our
own with its usual durability, is measured where there is one.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from gatepass.server.store import Store
from tests.support.counters import ALL, SWAP, VALUE, add, store_at
from tests.support.postgres import MISSING, Cluster, binaries

AWAITERS = (1, 16, 64)
SECONDS = 1.0


async def rate(awaiters: int, work: Callable[[int], Awaitable[object]]) -> float:
    """How often per second `work` is done when so many do it at once, each with its number."""
    start = perf_counter()

    async def repeat(number: int) -> int:
        done = 0
        while perf_counter() - start < SECONDS:
            await work(number)
            done += 1
        return done

    counts = await asyncio.gather(*[repeat(number) for number in range(awaiters)])
    return sum(counts) / (perf_counter() - start)


async def measure(store: Store) -> None:
    """Print the rates of one engine."""
    await store.open()
    found = await store.version()
    await store.write(*[add(str(number), note="x" * 80) for number in range(max(AWAITERS))])
    values = [0] * max(AWAITERS)

    async def read(number: int) -> None:
        await store.read(VALUE(id=str(number)))

    async def swap(number: int) -> None:
        await store.write(SWAP(id=str(number), value=values[number]))
        values[number] += 1

    async def swap_twice(number: int) -> None:
        value = values[number]
        await store.write(SWAP(id=str(number), value=value), SWAP(id=str(number), value=value + 1))
        values[number] += 2

    print(f"{found.engine} {found.release}\nawaiters   reads/s   swaps/s     two/s")
    for awaiters in AWAITERS:
        rates = [await rate(awaiters, work) for work in (read, swap, swap_twice)]
        print(f"{awaiters:8} " + " ".join(f"{each:9,.0f}" for each in rates))
    assert sum(value for _, value, _, _ in await store.read(ALL())) == sum(values)  # none was lost
    await store.close()


def main() -> None:
    """Measure each engine that is there."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(store_at(f"sqlite:///{folder}/bench.db")))
    if binaries() is None:
        print(MISSING)
        return
    cluster = Cluster(durable=True)
    try:
        asyncio.run(measure(store_at(cluster.url())))
    finally:
        cluster.remove()


if __name__ == "__main__":
    main()
