"""Plays the story: one ✓ line for each step, until one does not go as expected."""

from collections.abc import Callable, Iterable
from typing import Protocol

from gatepass.demo.places import Places
from gatepass.demo.story.browser import Exchange
from gatepass.demo.story.step import Chapter, Step
from gatepass.demo.story.visit import Operator, Unexpected, Visit
from gatepass.demo.tell import Tell


class Servers(Operator, Protocol):
    """What a walk needs of a town."""

    @property
    def places(self) -> Places:
        """Where its processes are."""

    def log(self, name: str) -> str:
        """The last lines that a process wrote."""


def walk(chapters: Iterable[Chapter], servers: Servers, tell: Tell, pause: Callable[[float], None]) -> bool:
    """Play all scenes, each with a visitor of its own; whether every step went as expected.

    The first that does not ends the walk; what the servers that it asked have logged is shown then.

    Args:
        pause: waits some seconds, and starts again what has ended meanwhile; called before each
            step as well, and what it raises ends the walk.
    """
    number = 0
    for chapter in chapters:
        tell.chapter(chapter.title)
        for scene in chapter.scenes:
            tell.scene(scene)
            visit = Visit(servers.places, servers, pause)
            for step in scene.steps:
                pause(0)
                number += 1
                if not _played(number, step, visit, servers, tell):
                    return False
    return True


def _played(number: int, step: Step, visit: Visit, servers: Servers, tell: Tell) -> bool:
    before = len(visit.browser.exchanges)
    try:
        seen = step.act(visit)
    except Unexpected as problem:
        exchanges = visit.browser.exchanges[before:]
        tell.failed(number, step, str(problem), exchanges)
        for name in _asked(step, exchanges, visit.places):
            tell.log(name, servers.log(name))
        return False
    tell.done(number, step, seen, visit.browser.exchanges[before:])
    return True


def _asked(step: Step, exchanges: list[Exchange], places: Places) -> list[str]:
    """The processes that a step was about, and those behind a balancer."""
    asked = [*step.to, *(places.process(exchange.url) for exchange in exchanges)]
    behind = ["bank-1", "bank-2"] if "balancer" in asked else []
    return list(dict.fromkeys(filter(None, [*asked, *behind])))
