"""Whether the time of a refused sign-in tells who has an account. Also `python -m tests.support.soak.enumeration`.

Known and unknown names are tried with a wrong password in pairs, each pair in an order
drawn by lot, one after the other: whatever drifts meanwhile, drifts for both. Two tests,
each at a level of 1 in 1,000, so a server without fault fails 1 run in 500:

- Kolmogorov and Smirnov: the largest distance between the two distributions of times. An
  attacker who sees one answer guesses right at most half that distance above a half.
- the sign test: in how many pairs the known name took longer. It sees small shifts, and
  is what an attacker has who repeats his question.

With 2,000 tries a server fails that lets one answer be guessed in 54.4 % of the cases, or
whose known names are the slower ones in 55.3 % of the pairs.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from math import sqrt
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import bcrypt
import httpx2

from gatepass.kernel.ids import new_id
from tests.support.command import HASH
from tests.support.soak.node import Node, running

TRIES = 2_000
PER_NAME = 40
"""Tries of one name: below the budget of an identifier, which does not ask whether it is known either."""
WRONG = "marble kettle 3 violins"
_KS_1_IN_1000, _SIGN_1_IN_1000 = 1.95, 3.29


@dataclass(frozen=True)
class Report:
    """What was measured.

    Attributes:
        pairs: of one known and one unknown name.
        known, unknown: median seconds until the answer.
        distance: of the two distributions, 0 to 1; `distance_bound` is what chance alone exceeds once in 1,000.
        slower: share of the pairs in which the known name took longer; `slower_bound`: its distance from a half.
    """

    pairs: int
    known: float
    unknown: float
    distance: float
    distance_bound: float
    slower: float
    slower_bound: float

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return self.distance <= self.distance_bound and abs(self.slower - 0.5) <= self.slower_bound

    def __str__(self) -> str:
        return (
            f"{2 * self.pairs} tries: known {self.known * 1000:.3f} ms, unknown {self.unknown * 1000:.3f} ms (median); "
            f"distance {self.distance:.3f} (at most {self.distance_bound:.3f}), "
            f"known slower in {self.slower:.1%} of pairs (50 % ± {self.slower_bound:.1%}): "
            f"{'nothing to be told' if self.passed else 'KNOWN NAMES CAN BE TOLD'}"
        )


def compared(pairs: Sequence[tuple[float, float]]) -> Report:
    """The two tests over pairs of (known, unknown) seconds. Pure."""
    known, unknown = sorted(one for one, _ in pairs), sorted(other for _, other in pairs)
    size, slower = len(pairs), sum(one > other for one, other in pairs) / len(pairs)
    return Report(
        pairs=size,
        known=median(known),
        unknown=median(unknown),
        distance=_distance(known, unknown),
        distance_bound=_KS_1_IN_1000 * sqrt(2 / size),
        slower=slower,
        slower_bound=_SIGN_1_IN_1000 * sqrt(0.25 / size),
    )


def _distance(known: Sequence[float], unknown: Sequence[float]) -> float:
    """The largest difference between the shares of both that are no greater than some time."""
    largest, here, there = 0.0, 0, 0
    for moment in sorted({*known, *unknown}):
        while here < len(known) and known[here] <= moment:
            here += 1
        while there < len(unknown) and unknown[there] <= moment:
            there += 1
        largest = max(largest, abs(here / len(known) - there / len(unknown)))
    return largest


async def enumeration(base_url: str, known: Sequence[str], *, tries: int = TRIES, seed: int | None = None) -> Report:
    """Try known and unknown names with a wrong password at a running server, and compare the times.

    The server believes `X-Forwarded-For` from here, so that each try has an address of its own.

    Args:
        base_url: of the server.
        known: names of users whose password is not `WRONG`; at least one per `2 * PER_NAME` tries.
        tries: in all.
        seed: of the lots.
    """
    if len(known) * PER_NAME * 2 < tries:
        raise ValueError(f"{tries} tries need {tries / PER_NAME / 2:.0f} known names.")
    lots, numbers, pairs = Random(seed), count(), list[tuple[float, float]]()
    unknown = [f"nobody-{new_id().lower()[: max(1, len(name) - 7)]}" for name in known]
    async with httpx2.AsyncClient(base_url=base_url, timeout=60) as client:
        for name in (known[0], unknown[0]) * 3:  # connection, caches and the first schemes
            await _refused(client, name, next(numbers))
        for number in range(tries // 2):
            pair = known[number % len(known)], unknown[number % len(known)]
            took = {name: await _refused(client, name, next(numbers)) for name in lots.sample(pair, 2)}
            pairs.append((took[pair[0]], took[pair[1]]))
    return compared(pairs)


async def _refused(client: httpx2.AsyncClient, name: str, number: int) -> float:
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    asked = {"identifier": name, "password": WRONG}
    began = perf_counter()
    answer = await client.post("/api/login", json=asked, headers={"x-forwarded-for": address})
    took = perf_counter() - began
    if answer.status_code != 401:
        raise RuntimeError(f"{answer.status_code} instead of a refusal: {answer.text}")
    return took


def old_hash() -> str:
    """A hash as another system made it: it takes longer than ours."""
    return bcrypt.hashpw(b"gorilla tulip umbrella", bcrypt.gensalt(11)).decode()


async def main(tries: int) -> int:
    """Start a server with users of today's scheme and with imported ones, and try both."""
    failed = 0
    kinds: dict[str, Callable[[], str]] = {"today's hashes": lambda: HASH, "imported bcrypt hashes": old_hash}
    for kind, made in kinds.items():
        names = [f"person-{new_id().lower()[:12]}" for _ in range(-(-tries // (2 * PER_NAME)))]
        with TemporaryDirectory(prefix="gatepass-enumeration-") as folder:
            node, hashed = Node(Path(folder)), made()
            lines = [json.dumps({"username": name, "password_hash": hashed}) for name in (*names, "somebody-else")]
            await node.command("users", "import", "-", given="\n".join(lines))
            async with running(node):
                report = await enumeration(node.url, names, tries=tries)
        print(f"{kind}: {report}", flush=True)
        failed += not report.passed
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else TRIES)))
