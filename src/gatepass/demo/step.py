"""What the story is made of, and what the visitor remembers between steps."""

from collections.abc import Callable
from dataclasses import dataclass, field

from gatepass.demo.browser import Exchange, Request
from gatepass.demo.places import Places


@dataclass(slots=True)
class Memory:
    """What the visitor has learned on the way.

    Attributes:
        places: where everything is.
        access, refresh, first_refresh: tokens, as they were given.
        session: the id that the bank gave.
        instances: of the bank that answered behind the balancer.
    """

    places: Places
    access: str = ""
    refresh: str = ""
    first_refresh: str = ""
    session: str = ""
    instances: list[str] = field(default_factory=list)


class Unexpected(Exception):
    """An answer was not what the step expects."""


Ask = Callable[[Memory], Request]
Check = Callable[[Exchange, Memory], str]
Think = Callable[[Memory], str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        title: what happens.
        says: what to notice, one sentence.
        ask: the request, made from what is known by now; None when nothing is sent.
        check: the expectation: reads the answer, remembers what it gave, returns what was seen.
        think: for steps without a request.
        restart: name of a process that is restarted first.
        within: seconds in which the answer becomes the expected one; it is asked for again until then.
    """

    title: str
    says: str
    ask: Ask | None = None
    check: Check | None = None
    think: Think | None = None
    restart: str | None = None
    within: float = 0.0


@dataclass(frozen=True, slots=True)
class Chapter:
    """Steps that tell one thing."""

    title: str
    steps: tuple[Step, ...]
