"""Status lists: bytes on the wire, time to build them, memory.

    python bench/status.py [sign-outs in a store]

A number of grants is alive, and a share of them has ended so lately that their bits are
set. The lists are those that the auth server would have begun for so many grants, each
index at a random place, as its secret order puts it. Each list is packed, compressed and
signed as it is for services, then verified and unpacked as they do it. With gzip: as it
travels to a gate, which takes answers so. `bound` is what no compression can go below: the entropy of
so many bits at random places, base64 twice.

Then the way through the database: a store (SQLite) with many grants that ended, from a
request that finds a new end to the signed list.
"""

import asyncio
import gzip
import math
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from dataclasses import dataclass

import msgspec

from gatepass.jose import Key, KeySet, Verifier, jws
from gatepass.jose.compact import LARGEST_TOKEN
from gatepass.kernel.secret import Secret
from gatepass.server.audit.model import Source
from gatepass.server.issuing.status_lists import LIFETIME, StatusLists
from gatepass.server.keys.service import KeyRing
from gatepass.server.master import MasterSecret
from gatepass.server.metrics import Metrics
from gatepass.server.sessions.service import Sessions
from gatepass.server.status.drawing import Drawing
from gatepass.server.status.model import LARGEST, SMALLEST, TTL, Terms
from gatepass.server.status.reading import Statuses
from gatepass.server.store import Store, open_store
from gatepass.tokens.status_list import TYP, Lst, StatusClaims, StatusList

ISSUER = "https://id.example.com"
GRANTS = (1_000_000, 100_000_000)
SHARES = (0.001, 0.01)
NOW = 1_800_000_000
KEY = Key.generate("ES256")
SOURCE = Source("192.0.2.7", "bench", "request")


@dataclass
class Cost:
    """What the lists of one case cost, each.

    Attributes:
        tokens, zipped, bound: bytes.
        built, read: seconds.
        kept: bytes that a gate holds.
    """

    tokens: list[int]
    zipped: list[int]
    bound: list[float]
    built: list[float]
    read: list[float]
    kept: int = 0


def sizes(grants: int) -> list[tuple[int, int]]:
    """Size and number of grants of each list."""
    found, size = [], SMALLEST
    while grants > 0:
        found.append((size, min(grants, size // 2)))
        grants -= size // 2
        size = min(size * 2, LARGEST)
    return found


def token_of(indexes: list[int], size: int) -> tuple[str, float]:
    """A signed list, and the seconds it took."""
    began = time.perf_counter()
    lst = StatusList.from_set(indexes, size).encode()
    claims = StatusClaims(
        sub=f"{ISSUER}/status/FayEFXslE0cBwPMuj9qy9A",
        iat=NOW,
        exp=NOW + LIFETIME,
        ttl=TTL,
        status_list=Lst(bits=1, lst=lst),
    )
    token = jws.sign(msgspec.json.encode(claims), KEY, header={"typ": TYP})
    return token, time.perf_counter() - began


def bound(size: int, ended: int) -> float:
    """Characters of a token whose bits are compressed as well as can be."""
    share = ended / size
    bits = -size * (share * math.log2(share) + (1 - share) * math.log2(1 - share))
    return bits / 8 * 16 / 9


def measure(grants: int, share: float) -> Cost:
    """All lists of so many grants."""
    chance = random.Random(1)
    verifier = Verifier(
        KeySet([KEY.public()]), issuer=None, audience=None, typ=TYP, claims=StatusClaims, max_bytes=LARGEST_TOKEN
    )
    cost = Cost([], [], [], [], [])
    for size, alive in sizes(grants):
        ended = round(alive * share)
        token, took = token_of(chance.sample(range(size), ended), size)
        began = time.perf_counter()
        claims = verifier.verify(token, now=NOW)
        found = StatusList.decode(claims.status_list.lst, claims.status_list.bits)
        cost.read.append(time.perf_counter() - began)
        cost.tokens.append(len(token))
        cost.zipped.append(len(gzip.compress(token.encode(), mtime=0)))
        cost.bound.append(bound(size, ended))
        cost.built.append(took)
        cost.kept += len(found.octets)
    return cost


def building_memory(size: int, ended: int) -> int:
    """The most bytes that building one list needs at a time."""
    indexes = random.Random(1).sample(range(size), ended)
    tracemalloc.start()
    token_of(indexes, size)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


class House:
    """A store with grants in it, and the lists that come out of it, on a clock of its own."""

    def __init__(self, store: Store) -> None:
        master = MasterSecret(Secret(b"b" * 32))
        self.store, self.now = store, NOW
        self.sessions, self.drawing = Sessions(store, master), Drawing(store, master)
        self.ring = KeyRing(store, master, clock=self.clock)
        self.lists = StatusLists(
            Statuses(store), self.ring, issuer=ISSUER, terms=Terms(300), metrics=Metrics(), clock=self.clock
        )

    def clock(self) -> float:
        """Seconds since the epoch."""
        return self.now

    async def end_one(self) -> str:
        """Sign in and out; the list."""
        started = self.sessions.starting_grant(
            "u", client_id="c", scope="", audiences=[ISSUER], status=await self.drawing.draw(now=self.now),
            now=self.now, source=SOURCE,
        )  # fmt: skip
        await self.store.write(*started.calls)
        await self.store.write(*self.sessions.ending(started.session.id, by="sign_out", now=self.now))
        return started.grant.status_list or ""

    async def look(self, name: str) -> float:
        """Seconds that the first request in the next second takes."""
        self.now += 1
        began = time.perf_counter()
        await self.lists.get(name)
        return time.perf_counter() - began


async def through_the_store(ended: int) -> tuple[float, float]:
    """Seconds until a new end is in a signed list, and for a look that finds nothing new."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bench.db")
        await store.open()
        house = House(store)
        await house.ring.open()
        for _ in range(0, ended, 100):
            [name, *_] = await asyncio.gather(*(house.end_one() for _ in range(100)))
        await house.look(name)
        builds, looks = [], []
        for _ in range(5):
            await house.end_one()
            builds.append(await house.look(name))
            looks.append(await house.look(name))
        await store.close()
    return statistics.median(builds), statistics.median(looks)


async def main(ended: int) -> None:
    """Both tables."""
    print(f"{'grants':>11} {'ended':>6} {'lists':>5} {'JWT kB':>8} {'gzip kB':>8} {'bound':>6}", end=" ")
    print(f"{'build ms':>8} {'read ms':>7} {'gate MB':>7}   (JWT, gzip, bound, build, read: of the largest list)")
    for grants in GRANTS:
        for share in SHARES:
            cost = measure(grants, share)
            print(
                f"{grants:>11,} {share:>6.1%} {len(cost.tokens):>5} {max(cost.tokens) / 1e3:>8.1f}"
                f" {max(cost.zipped) / 1e3:>8.1f} {max(cost.bound) / 1e3:>6.1f} {max(cost.built) * 1e3:>8.1f}"
                f" {max(cost.read) * 1e3:>7.1f} {cost.kept / 1e6:>7.2f}   all lists: {sum(cost.tokens) / 1e6:.2f} MB"
            )
    everything = LARGEST // 2
    token, took = token_of(random.Random(1).sample(range(LARGEST), everything), LARGEST)
    print(f"all {everything:,} grants of a full list ended: {len(token) / 1e3:.0f} kB, {took * 1e3:.0f} ms")
    print(f"memory while the largest list is built at 1 %: {building_memory(LARGEST, everything // 100) / 1e6:.1f} MB")
    build, look = await through_the_store(ended)
    print(f"SQLite, {ended:,} bits set: a new end is in a signed list after {build * 1e3:.1f} ms; ", end="")
    print(f"a look that finds nothing new takes {look * 1e3:.2f} ms")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
