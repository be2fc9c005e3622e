"""What is done to servers while a crowd uses them: one scene per engine, and the faults of each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from time import monotonic

import httpx2

from tests.support.postgres import Cluster
from tests.support.soak.crowd import Crowd
from tests.support.soak.node import PASSWORD, Node, running
from tests.support.soak.outage import crash, until_ready
from tests.support.soak.standby import Lasting, Standby, can_replicate, one_of, wait_for_it
from tests.support.soak.volume import SmallDisk, can_mount, small_disk

PEOPLE = [f"person{number}" for number in range(12)]
CALM = 5.0
"""Seconds between two faults."""
DISK = 192 * 2**20

Fault = Callable[[], Awaitable[object]]


class Scene:
    """A crowd, the nodes that it uses, and what is done to them in turn.

    Attributes:
        nodes: of one database.
        kills: of the nodes; every second fault is one of them.
        faults: others, by name; clients may get errors while one is going on.
        acts: by name; clients must notice nothing of these.
        done: names of what was done, in order.
    """

    def __init__(self, folder: Path, seed: int, *nodes: Node) -> None:
        self.folder = folder
        self.nodes = nodes
        self.crowd = Crowd([node.url for node in nodes], seed=seed)
        self.kills = {f"kill -9 of node {number}": _kill(node) for number, node in enumerate(nodes)}
        self.faults: dict[str, Fault] = {}
        self.acts: dict[str, Fault] = {"doctor": lambda: nodes[0].command("doctor")}
        self.done: list[str] = []

    async def play(self, seconds: float) -> None:
        """Load and faults for so long, then the audit."""
        until = monotonic() + seconds
        async with running(*self.nodes), httpx2.AsyncClient(timeout=30) as looking:
            ledger = self.crowd.ledger
            self.crowd.come(*(ledger.joined(name, PASSWORD) for name in PEOPLE))
            try:
                while monotonic() + CALM < until:
                    await self.crowd.calm(CALM)
                    await self._do(self._next(), looking)
                await self.crowd.calm(until - monotonic())
                await self.crowd.leave()
                await self.crowd.audit()
            finally:
                await self.crowd.close()

    def _next(self) -> str:
        turn, second = divmod(len(self.done), 2)
        names = [*self.faults, *self.acts] if second else list(self.kills)
        return names[turn % len(names)]

    async def _do(self, name: str, looking: httpx2.AsyncClient) -> None:
        self.done.append(name)
        if name in self.acts:
            await self.acts[name]()
            return
        self.crowd.ledger.fault_begins(monotonic())
        await (self.kills | self.faults)[name]()
        await until_ready(looking, *(node.url for node in self.nodes))
        self.crowd.ledger.fault_ends(monotonic())


@asynccontextmanager
async def on_sqlite(folder: Path, seed: int) -> AsyncIterator[Scene]:
    """One node, its file on a disk that gets full where that can be done."""
    with _disk(folder / "data") as disk:
        node = Node(folder, around=disk.around if disk else ())
        await node.people(*PEOPLE)
        scene = Scene(folder, seed, node)
        copies = (str(folder / f"copy-{number}.db") for number in count())
        scene.acts["backup"] = lambda: node.command("backup", next(copies))

        async def full() -> None:
            assert disk is not None
            await asyncio.to_thread(disk.fill)
            await scene.crowd.calm(CALM)
            await asyncio.to_thread(disk.clear)

        if disk is not None:
            scene.faults["full disk"] = full
        yield scene


@asynccontextmanager
async def on_postgres(folder: Path, seed: int) -> AsyncIterator[Scene]:
    """Two nodes on a server with a synchronous standby, which takes its place once."""
    primary = await asyncio.to_thread(Lasting)
    try:
        standby = await asyncio.to_thread(Standby, primary) if can_replicate() else None
        try:
            if standby is not None:
                await asyncio.to_thread(wait_for_it, primary)
            yield await _two_nodes(folder, seed, primary, standby)
        finally:
            if standby is not None:
                await asyncio.to_thread(standby.remove)
    finally:
        await asyncio.to_thread(primary.remove)


async def _two_nodes(folder: Path, seed: int, primary: Cluster, standby: Standby | None) -> Scene:
    database = one_of(primary, standby) if standby is not None else primary.url()
    for name in ("one", "two"):
        (folder / name).mkdir()
    first = Node(folder / "one", database)
    second = Node(folder / "two", database, issuer=first.url)
    await first.people(*PEOPLE)
    scene, writes = Scene(folder, seed, first, second), [primary]

    def restarted(how: Callable[[Cluster], object]) -> Fault:
        async def fault() -> None:
            await asyncio.to_thread(how, writes[0])
            await asyncio.to_thread(writes[0].start)

        return fault

    async def fail_over() -> None:
        assert standby is not None
        await asyncio.to_thread(crash, primary)
        await asyncio.to_thread(standby.promote)
        writes[0] = standby
        del scene.faults["fail-over"]  # there is nobody left to take over

    scene.faults["restart of PostgreSQL"] = restarted(Cluster.stop)
    scene.faults["crash of PostgreSQL"] = restarted(crash)
    if standby is not None:
        scene.faults["fail-over"] = fail_over
    return scene


SCENES = {"sqlite": on_sqlite, "postgresql": on_postgres}


def _kill(node: Node) -> Fault:
    async def fault() -> None:
        await node.kill()
        await node.start()

    return fault


@contextmanager
def _disk(folder: Path) -> Iterator[SmallDisk | None]:
    if not can_mount():
        yield None
        return
    with small_disk(folder, DISK) as disk:
        yield disk
