"""Plays the story in a terminal: one line for each step, everything with `verbose`."""

import json
from collections.abc import Callable

from gatepass.demo.browser import Browser, Exchange
from gatepass.demo.step import Memory, Step, Unexpected

Say = Callable[[str], None]
WIDTH = 78


def walk(steps: list[Step], memory: Memory, *, restart: Callable[[str], None], say: Say, verbose: bool) -> bool:
    """Play all steps; whether every one went as expected.

    Later steps build on earlier ones, so the first that does not ends the walk.

    Args:
        restart: restarts one process of the town.
        say: prints one line.
        verbose: show each request and answer in full, Cookie and Set-Cookie included.
    """
    browser = Browser()
    for number, step in enumerate(steps, 1):
        try:
            seen = _play(step, browser, memory, restart)
        except (Unexpected, OSError, KeyError, TypeError) as problem:
            say(f"✗ {number:2} {step.title}\n     {problem}")
            return False
        say(f"✓ {number:2} {step.title}")
        say(f"     {seen}")
        if verbose:
            say(f"     {step.says}")
            if step.ask is not None:
                _show(browser.exchanges[-1], say)
    return True


def _play(step: Step, browser: Browser, memory: Memory, restart: Callable[[str], None]) -> str:
    if step.restart is not None:
        restart(step.restart)
    if step.think is not None:
        return step.think(memory)
    assert step.ask is not None  # a step asks or thinks
    assert step.check is not None
    return step.check(browser.send(step.ask(memory)), memory)


def _show(exchange: Exchange, say: Say) -> None:
    say(f"       > {exchange.method} {exchange.url}")
    for name, value in exchange.sent:
        say(f"       > {name}: {value}")
    for line in exchange.body.splitlines():
        say(f"       > {line}")
    say(f"       < {exchange.status}")
    for name, value in exchange.received:
        say(f"       < {name}: {value}")
    text = exchange.text if exchange.json is None else json.dumps(exchange.json)
    for line in text[: 8 * WIDTH].splitlines():
        say(f"       < {line}")
    say("")
