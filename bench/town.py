"""The town of `gatepass demo`: how long it takes to start, and how much memory it has then.

    python bench/town.py [rounds]

A start ends when all processes answer and the people of the town are registered. Memory is
what all processes have together then, their code and libraries included. PSS counts a page
that several share once (Linux tells it); RSS counts it for each of them. Medians count.
"""

import socket
import statistics
import sys
import time

import psutil

from gatepass.demo.places import Places
from gatepass.demo.town.town import Town

ROUNDS = 3
FIRST_PORTS = range(18_000, 20_000, 100)
SECONDS, MEGABYTES = 6.0, 450.0
"""What a town is to take on two cores, at the most."""

Memory = tuple[float, float]
"""PSS and RSS in units of 2^20 bytes; PSS is RSS where the system does not tell it."""


def main(rounds: int) -> None:
    """Start the town some times, one after the other, and print what was seen."""
    starts = [start() for _ in range(rounds)]
    took = statistics.median(seconds for seconds, _ in starts)
    names = starts[0][1]
    memory = {name: median([found[name] for _, found in starts]) for name in names}
    pss, rss = median([together(found) for _, found in starts])
    print(f"town: start {took:.1f} s (aim: {SECONDS:.0f} s), {psutil.cpu_count()} cores, {len(names)} processes")
    for name, (shared, resident) in memory.items():
        print(f"  {name:12} {shared:6.1f} MB PSS {resident:6.1f} MB RSS")
    print(f"  {'all':12} {pss:6.1f} MB PSS {rss:6.1f} MB RSS  (aim: {MEGABYTES:.0f} MB)")


def start() -> tuple[float, dict[str, Memory]]:
    """Seconds to the end of a start, and the memory of each process then."""
    with Town(free_places()) as town:
        begun = time.perf_counter()
        town.start()
        took = time.perf_counter() - begun
        return took, {name: memory_of(psutil.Process(pid)) for name, pid in town.pids().items()}


def memory_of(process: psutil.Process) -> Memory:
    """What one process has."""
    found = process.memory_full_info()
    return getattr(found, "pss", found.rss) / 2**20, found.rss / 2**20


def together(memory: dict[str, Memory]) -> Memory:
    """What all of them have."""
    return sum(pss for pss, _ in memory.values()), sum(rss for _, rss in memory.values())


def median(found: list[Memory]) -> Memory:
    """The middle of both numbers."""
    return statistics.median(pss for pss, _ in found), statistics.median(rss for _, rss in found)


def free_places() -> Places:
    """A town whose ports nobody uses."""
    for first in FIRST_PORTS:
        places = Places(first)
        if not any(answers(port) for port in places.ports.values()):
            return places
    raise RuntimeError("no ports are free")


def answers(port: int) -> bool:
    """Whether somebody listens at a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
