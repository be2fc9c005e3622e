"""The same few steps in databases of different sizes, in turns. Ids are as random as real ones."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

from bench.state.engines import ISSUER, MASTER, SOURCE, Engines, Table, refreshing
from bench.state.figures import Step
from gatepass.server.clients.model import FIRST_PARTY
from gatepass.server.flows.refresh import Refresh
from gatepass.server.sessions.model import Family
from gatepass.tokens.sessions import hash_secret

AT_ONCE = 16
STEPS = 96
"""Of each kind in one round, each in another session."""
YEAR = 365 * 86_400
SALT = b"s" * 16
SCATTERED = 0x9E3779B97F4A7C15
"""Knuth's multiplier: numbers in a row end up far from each other."""

SESSION = (
    "id",
    "user_id",
    "secret_hash",
    "auth_time",
    "amr",
    "address",
    "agent",
    "created_at",
    "last_seen_at",
    "review_at",
    "idle_until",
    "absolute_until",
)
GRANT = (
    "id",
    "session_id",
    "user_id",
    "sid",
    "client_id",
    "scope",
    "audience",
    "created_at",
    "status_list",
    "status_idx",
)
FAMILY = Family.__struct_fields__[:-1]
LIST = ("id", "number", "size", "drawn", "key_version", "created_at")
ENTRY = ("list", "idx", "grant_id", "until")


async def growth(engines: Engines, sizes: tuple[int, ...], rounds: int) -> dict[Step, list[float]]:
    """Microseconds for one step, sixteen at a time, in each size of each engine. The first round does not count."""
    found: dict[Step, list[float]] = {}
    async with AsyncExitStack() as stack:
        places = [(engine, rows) for engine in engines.names for rows in sizes]
        tables = {}
        for engine, rows in places:
            store = await stack.enter_async_context(engines.store(engine, f"rows{rows}"))
            tables[engine, rows] = _Tables(await refreshing(store), rows)
        await asyncio.gather(*(engines.fill(engine, f"rows{rows}", _tables(rows)) for engine, rows in places))
        for number in range(rounds + 1):
            for engine, rows in places if number % 2 else reversed(places):
                for what, step in tables[engine, rows].steps().items():
                    seen = await _timed(step, tables[engine, rows].some())
                    if number:
                        found.setdefault(Step(what, engine, rows), []).append(seen)
    whats = dict.fromkeys(step.what for step in found)
    return {step: found[step] for step in (Step(what, *place) for what in whats for place in places)}


class _Tables:
    """One filled database, and what has become of its sessions."""

    def __init__(self, refresh: Refresh, rows: int) -> None:
        self._refresh = refresh
        self._rows = rows
        self._random = random.Random(rows)
        self._ended: set[int] = set()
        self._generations: dict[int, int] = {}

    def some(self) -> list[int]:
        """Sessions that live."""
        found: set[int] = set()
        while len(found) < STEPS:
            found.add(self._random.randrange(self._rows))
            found -= self._ended
        return list(found)

    def steps(self) -> dict[str, Callable[[int], Awaitable[object]]]:
        """What is done, with a session's number."""
        return {"a session's cookie": self._read, "a refresh": self._rotate, "a sign-out": self._end}

    async def _read(self, number: int) -> None:
        session = await self._refresh.sessions.by_secret(_id("secret", number), now=int(time.time()))
        assert session is not None

    async def _rotate(self, number: int) -> None:
        generation = self._generations.get(number, 0)
        self._generations[number] = generation + 1
        await self._refresh(self._refresh.sessions.token(_family(number), generation), source=SOURCE)

    async def _end(self, number: int) -> None:
        self._ended.add(number)
        calls = self._refresh.sessions.ending(_id("session", number), by="sign_out", now=int(time.time()), once=True)
        await self._refresh.store.write(*calls)


async def _timed(step: Callable[[int], Awaitable[object]], numbers: list[int]) -> float:
    async def work(mine: list[int]) -> None:
        for number in mine:
            await step(number)

    begun = time.perf_counter()
    await asyncio.gather(*(work(numbers[first::AT_ONCE]) for first in range(AT_ONCE)))
    return (time.perf_counter() - begun) / len(numbers) * 1e6


def _tables(rows: int) -> list[Table]:
    now = int(time.time())
    later, numbers = now + YEAR, range(rows)
    return [
        Table("sessions", SESSION, (_session(number, now, later) for number in numbers)),
        Table("grants", GRANT, (_grant(number, now) for number in numbers)),
        Table("refresh_families", FAMILY, (_row(number, now, later) for number in numbers)),
        Table("status_lists", LIST, iter([("list", 0, rows * 2, rows, MASTER.version, now)])),
        Table("status_entries", ENTRY, (("list", number, _id("grant", number), later) for number in numbers)),
    ]


def _session(number: int, now: int, later: int) -> tuple[Any, ...]:
    hashed = hash_secret(_id("secret", number))
    whence = (SOURCE.address, SOURCE.agent)
    return (_id("session", number), _id("user", number), hashed, now, "pwd", *whence, now, now, later, later, later)


def _grant(number: int, now: int) -> tuple[Any, ...]:
    ids = (_id(kind, number) for kind in ("grant", "session", "user", "sid"))
    return (*ids, FIRST_PARTY, "read", ISSUER, now, "list", number)


def _row(number: int, now: int, later: int) -> tuple[Any, ...]:
    return (_id("family", number), _id("grant", number), FIRST_PARTY, 0, MASTER.version, SALT, now - YEAR, later, later)


def _family(number: int) -> Family:
    fields = dict(zip(FAMILY, _row(number, 0, 0), strict=True))
    return Family(**fields)


def _id(kind: str, number: int) -> str:
    """22 characters, as ids have, and like those in no order."""
    return f"{kind[:2]}{(number + 1) * SCATTERED % 2**64:020}"
