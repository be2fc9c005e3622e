"""A flood of wrong passwords, and what everybody else notices of it.

    python bench/flood.py [rounds]

Sixteen connections try wrong passwords from 1,000 addresses as fast as they are
answered, for strangers and for one real person. Meanwhile somebody with a token asks
for GET /api/me a hundred times per second, and the person under attack signs in from a
known device once a second. Quiet and flooded stretches take turns. A request that had to
wait for the one before it counts from when it was due.
"""

import itertools
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from support.people import PASSWORD, Tokens, register, tokens, try_password
from support.served import Served, gatepass
from support.wire import Connection, request

CONNECTIONS = 16
ADDRESSES = 1_000
STRETCH = 7.0
QUIET = 3.0
PERIOD = 0.01
NAME = "ada"


class Seen(NamedTuple):
    """Milliseconds, one for each answer; cores is what the server used of the machine."""

    me: list[float]
    signed_in: list[float]
    cores: float


def flood(port: int, until: float) -> Counter[int]:
    """Try passwords over one connection; how often each status was the answer."""
    connection, found = Connection(port), Counter[int]()
    while time.time() < until:
        number = random.randrange(ADDRESSES)
        name = NAME if number % 10 == 0 else f"stranger-{number}"
        address = f"10.1.{number // 250}.{number % 250 + 1}"
        found[connection.ask(try_password(name, f"wrong-{number}", x_forwarded_for=address)).status] += 1
    connection.close()
    return found


def flood_together(port: int, until: float) -> Counter[int]:
    """The whole flood, in a process of its own: it must not slow down those who measure."""
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        return sum(threads.map(lambda _: flood(port, until), range(CONNECTIONS)), Counter[int]())


def due(period: float, until: float) -> Iterator[float]:
    """Moments at which something is due, each when it has come; one that is late keeps its time."""
    begun = time.perf_counter()
    for count in itertools.count():
        moment = begun + count * period
        if moment > until:
            return
        wait = moment - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
            moment = time.perf_counter()
        yield moment


def timed(port: int, message: bytes, period: float, until: float) -> list[float]:
    """Milliseconds that the answers took."""
    connection, found = Connection(port), []
    for moment in due(period, until):
        assert connection.ask(message).status == 200
        found.append((time.perf_counter() - moment) * 1e3)
    connection.close()
    return found


def look(served: Served, known: Tokens, seconds: float) -> Seen:
    """What the others see for so long."""
    until = time.perf_counter() + seconds
    me = request("GET", "/api/me", authorization=f"Bearer {known.access}")
    sign_in = try_password(NAME, PASSWORD, cookie=known.device, x_forwarded_for="192.0.2.7")
    cpu = served.cpu()
    with ThreadPoolExecutor(2) as threads:
        signed_in = threads.submit(timed, served.port, sign_in, 1.0, until)
        asked = threads.submit(timed, served.port, me, PERIOD, until)
        return Seen(asked.result(), signed_in.result(), (served.cpu() - cpu) / seconds)


def p99(values: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(values, n=100)[98]


def main(rounds: int) -> None:
    """Take turns, and say what was seen."""
    seen: dict[str, list[Seen]] = {"quiet": [], "flood": []}
    answers = Counter[int]()
    with (
        tempfile.TemporaryDirectory() as folder,
        gatepass(folder, proxy="127.0.0.1") as served,
        multiprocessing.get_context("spawn").Pool(1) as pool,
    ):
        connection = Connection(served.port)
        register(connection, NAME)
        known = tokens(connection, NAME)
        connection.close()
        idle = served.megabytes()
        for _ in range(rounds):
            seen["quiet"].append(look(served, known, QUIET))
            flooding = pool.apply_async(flood_together, (served.port, time.time() + STRETCH + 1))
            time.sleep(0.5)
            seen["flood"].append(look(served, known, STRETCH))
            answers += flooding.get()
        print(f"memory after one sign-in {idle:.0f} MB, at the most {served.peak_megabytes():.0f} MB")
    for kind, stretches in seen.items():
        me = [value for each in stretches for value in each.me]
        signed_in = [value for each in stretches for value in each.signed_in]
        print(
            f"{kind}: GET /api/me median {statistics.median(me):.1f} ms, p99 {p99(me):.1f} ms, worst {max(me):.1f} ms"
            f" ({len(me)}); sign-in from a known device median {statistics.median(signed_in):.0f} ms,"
            f" worst {max(signed_in):.0f} ms; {statistics.median(each.cores for each in stretches):.2f} cores"
        )
    print(f"wrong passwords answered: {dict(answers)} in {rounds * (STRETCH + 1):.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
