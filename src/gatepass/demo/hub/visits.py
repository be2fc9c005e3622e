"""Who is in the middle of which scene, and what has happened there."""

import asyncio
import hashlib
import logging
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

from gatepass.demo.hub.memory import Memories, Memory, of_interest
from gatepass.demo.story.browser import Exchange, NoAnswer
from gatepass.demo.story.step import Scene, Seen, Step
from gatepass.demo.story.visit import Unexpected, Visit

MOST_VISITORS = 50
"""One who has played everything takes half a megabyte."""

AT_ONCE = 4
"""Steps that run at the same time, whoever plays them."""

MOST_WAITING = 3
"""Clicks of one visitor that may wait for a running step; more are turned away."""

ID_BYTES = 32
_log = logging.getLogger(__name__)

Open = Callable[[Callable[[float], None]], Visit]
"""Makes a visit; takes what waits some seconds."""


class Busy(Exception):
    """This visitor already has steps that wait."""


@dataclass(frozen=True, slots=True)
class Played:
    """A step that was played.

    Attributes:
        seen: what was seen; None when it failed, for the reason in `problem`.
        exchanges: that it caused, in order.
        before, after: what the watched processes remembered.
    """

    step: Step
    seen: Seen | None
    problem: str
    exchanges: tuple[Exchange, ...]
    before: Memory
    after: Memory


@dataclass(slots=True)
class Run:
    """One visitor in one scene.

    Attributes:
        played: steps in order; one that failed is the last.
        chosen: the step that the visitor looks at.
    """

    scene: Scene
    visit: Visit
    played: list[Played] = field(default_factory=list)
    chosen: str = ""

    @property
    def done(self) -> int:
        """How many steps went as expected."""
        return sum(played.seen is not None for played in self.played)


@dataclass(slots=True)
class _Visitor:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    runs: dict[str, Run] = field(default_factory=dict)


class Visitors:
    """All visitors, by a secret of theirs of which only the hash is kept. The oldest is forgotten when there are many.

    Args:
        memories: of the servers.
        open_visit: makes the visit of somebody who begins a scene.
    """

    def __init__(self, memories: Memories, open_visit: Open) -> None:
        self._memories = memories
        self._open = open_visit
        self._visitors: OrderedDict[bytes, _Visitor] = OrderedDict()
        self._threads = ThreadPoolExecutor(AT_ONCE, "play")
        self._closing = Event()

    def close(self) -> None:
        """End what is running, at its next pause."""
        self._closing.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def enter(self, secret: str) -> str:
        """The secret of a visitor whom we know, or of a new one: nobody chooses it."""
        if self._known(secret):
            return secret
        made = os.urandom(ID_BYTES).hex()
        self._visitors[_hash(made)] = _Visitor()
        while len(self._visitors) > MOST_VISITORS:
            self._visitors.popitem(last=False)
        return made

    def run(self, secret: str, scene: Scene) -> Run | None:
        """Where this visitor is in a scene; None before its first step."""
        visitor = self._known(secret)
        return visitor.runs.get(scene.id) if visitor else None

    def forget(self, secret: str, scene: Scene) -> None:
        """The scene begins anew for this visitor."""
        visitor = self._known(secret)
        if visitor:
            visitor.runs.pop(scene.id, None)

    async def play(self, secret: str, scene: Scene, step: Step) -> None:
        """Play a scene up to `step`, as far as it goes well; what was played before is only looked at again.

        Raises:
            Busy: this visitor has too many requests of this kind.
        """
        visitor = self._visitors[_hash(secret)]
        if visitor.waiting >= MOST_WAITING:
            raise Busy
        visitor.waiting += 1
        try:
            async with visitor.lock:
                run = visitor.runs.setdefault(scene.id, Run(scene, self._open(self._pause)))
                await self._up_to(run, scene.steps[: scene.steps.index(step) + 1])
        finally:
            visitor.waiting -= 1

    async def _up_to(self, run: Run, steps: Sequence[Step]) -> None:
        run.chosen = steps[-1].id
        for step in steps[run.done :]:
            del run.played[run.done :]  # one that failed is tried again
            run.played.append(await self._step(run.visit, step, of_interest(run.scene)))
            run.chosen = step.id
            if run.played[-1].seen is None:
                return

    async def _step(self, visit: Visit, step: Step, watched: Sequence[str]) -> Played:
        before = await self._memories.of(watched)
        already = len(visit.browser.exchanges)
        loop = asyncio.get_running_loop()
        seen, problem = await loop.run_in_executor(self._threads, _act, step, visit)
        exchanges = tuple(visit.browser.exchanges[already:])
        return Played(step, seen, problem, exchanges, before, await self._memories.of(watched))

    def _pause(self, seconds: float) -> None:
        if self._closing.wait(seconds):
            raise Unexpected("The hub is closing.")

    def _known(self, secret: str) -> _Visitor | None:
        key = _hash(secret)
        if key in self._visitors:
            self._visitors.move_to_end(key)
        return self._visitors.get(key)


def _act(step: Step, visit: Visit) -> tuple[Seen | None, str]:
    """What was seen, or why nothing was."""
    try:
        return step.act(visit), ""
    except (Unexpected, NoAnswer) as problem:
        return None, str(problem)
    except Exception as error:  # noqa: BLE001 - whatever fails, the page has to show it
        _log.exception("step %s failed", step.id)
        return None, f"The step broke off ({type(error).__name__}). The hub's log says more."


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
