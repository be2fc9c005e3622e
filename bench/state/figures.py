"""What was measured of the stateful half. Lists have one number for each round; medians count."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

CLIENTS = (1, 16, 64)
SIZES = (1_000, 10_000, 100_000, 1_000_000)
CPU_GOAL = 300
"""Microseconds of CPU that `POST /api/refresh` may take."""
REFRESH = "POST /api/refresh"
FLAT = 1.5
"""Times that a step may take in the largest table, by its time in the smallest: the tree of an index gets higher."""


class Load(NamedTuple):
    """So many clients of one engine, each with a request on the way."""

    engine: str
    clients: int


class Rate(NamedTuple):
    """What one round saw: durable refreshes per second, and their 99th percentile in milliseconds."""

    per_second: float
    p99: float


class Step(NamedTuple):
    """One thing done in a database with so many sessions."""

    what: str
    engine: str
    rows: int


class Request(NamedTuple):
    """What one round saw: microseconds of the server's CPU, and milliseconds until one client has its answer."""

    cpu: float
    wait: float


@dataclass(frozen=True)
class Figures:
    """One run.

    Attributes:
        rates: of refreshes in one process.
        requests: of requests over HTTP.
        steps: microseconds.
        missing: what could not be measured, and why.
        setting: versions of what it ran on, and how busy the machine was.
    """

    rates: Mapping[Load, Sequence[Rate]]
    requests: Mapping[str, Sequence[Request]] = field(default_factory=dict)
    steps: Mapping[Step, Sequence[float]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    setting: Sequence[str] = ()

    def rate(self, load: Load) -> Rate:
        """The median round."""
        return Rate(*(statistics.median(column) for column in zip(*self.rates[load], strict=True)))

    def request(self, kind: str) -> Request:
        """The median round."""
        return Request(*(statistics.median(column) for column in zip(*self.requests[kind], strict=True)))

    def step(self, step: Step) -> float:
        """The median round."""
        return statistics.median(self.steps[step])

    def growth(self, what: str, engine: str) -> float:
        """How many times as long it takes in the largest table as in the smallest; a median within rounds."""
        found = sorted(step for step in self.steps if step[:2] == (what, engine))
        pairs = zip(self.steps[found[-1]], self.steps[found[0]], strict=True)
        return statistics.median(large / small for large, small in pairs)

    def engines(self) -> list[str]:
        """Those that were measured."""
        return list(dict.fromkeys(load.engine for load in self.rates))

    def kinds(self) -> list[tuple[str, str]]:
        """What was done in which engine, while the tables grew."""
        return list(dict.fromkeys((step.what, step.engine) for step in self.steps))

    def sizes(self) -> list[int]:
        """How large the tables were."""
        return sorted({step.rows for step in self.steps})
