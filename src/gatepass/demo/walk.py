"""Plays the story: one ✓ line for each step, until one does not go as expected."""

from collections.abc import Callable, Iterable
from typing import Protocol

from gatepass import GatepassError
from gatepass.demo.story.browser import Browser, NoAnswer
from gatepass.demo.story.step import Chapter, Memory, Step, Unexpected
from gatepass.demo.tell import Tell

# What checks may stumble over when an answer is something else altogether.
SURPRISES = (Unexpected, NoAnswer, GatepassError, LookupError, TypeError, ValueError, AttributeError)
AGAIN_SECONDS = 0.2
"""How often a step asks whose answer takes its time."""


class Servers(Protocol):
    """What a walk needs of a town."""

    def restart(self, name: str) -> None:
        """Stop one process and start it again."""

    def log(self, name: str) -> str:
        """The last lines that a process wrote."""


def walk(
    chapters: Iterable[Chapter], memory: Memory, servers: Servers, tell: Tell, pause: Callable[[float], None]
) -> bool:
    """Play all steps; whether every one went as expected.

    Later steps build on earlier ones, so the first that does not ends the walk; what the
    server that was asked has logged is shown then.

    Args:
        pause: waits some seconds; called before each step as well, and what it raises ends the walk.
    """
    browser, number = Browser(), 0
    for chapter in chapters:
        tell.chapter(chapter.title)
        for step in chapter.steps:
            pause(0)
            number += 1
            shown = len(browser.exchanges)
            try:
                seen = _play(step, browser, memory, servers, pause)
            except SURPRISES as problem:
                exchange = next(iter(browser.exchanges[shown:]), None)
                tell.failed(number, step.title, _said(problem), exchange)
                _tell_logs(step, memory, servers, tell)
                return False
            tell.done(number, step.title, seen, step.says, browser.exchanges[-1] if step.ask else None)
    return True


def _play(step: Step, browser: Browser, memory: Memory, servers: Servers, pause: Callable[[float], None]) -> str:
    if step.restart is not None:
        servers.restart(step.restart)
    if step.think is not None:
        return step.think(memory)
    assert step.ask is not None  # a step asks or thinks
    assert step.check is not None
    waited = 0.0
    while True:
        exchange = browser.send(step.ask(memory))
        try:
            seen = step.check(exchange, memory)
        except Unexpected:
            if waited >= step.within:
                raise
            pause(AGAIN_SECONDS)
            waited += AGAIN_SECONDS
        else:
            return f"{seen}, after {waited:.1f} s" if step.within else seen


def _said(problem: Exception) -> str:
    if isinstance(problem, (Unexpected, NoAnswer)):
        return str(problem)
    if isinstance(problem, GatepassError):
        return problem.message
    return f"The answer is something else altogether ({type(problem).__name__}: {problem})."


def _tell_logs(step: Step, memory: Memory, servers: Servers, tell: Tell) -> None:
    asked = memory.places.process(step.ask(memory).url) if step.ask is not None else ""
    behind = ["bank-1", "bank-2"] if asked == "balancer" else []
    for name in dict.fromkeys(filter(None, [step.restart, asked, *behind])):
        tell.log(name, servers.log(name))
