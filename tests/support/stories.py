"""Playing the story: scenes and steps by id, visitors, and answers that were changed on their way."""

import io
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from gatepass.demo.places import Places
from gatepass.demo.story.browser import Browser, Exchange, Request, Through
from gatepass.demo.story.step import Chapter, Scene, Step
from gatepass.demo.story.story import story
from gatepass.demo.story.visit import Operator, Unexpected, Visit
from gatepass.demo.tell import Tell
from gatepass.demo.walk import Servers, walk

SCENES: dict[str, Scene] = {scene.id: scene for chapter in story() for scene in chapter.scenes}
STEPS: dict[str, Step] = {f"{scene.id}/{step.id}": step for scene in SCENES.values() for step in scene.steps}


class Nobody:
    """An operator who is not there."""

    def command(self, *words: str) -> str:
        raise Unexpected("There is no operator.")


class Repeating:
    """Runs each command once, and says the same again when it is asked again.

    Args:
        operator: who runs them.
    """

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self._said: dict[tuple[str, ...], str] = {}
        self.again = False

    def command(self, *words: str) -> str:
        if not self.again:
            self._said[words] = self._operator.command(*words)
        return self._said[words]


def visitor(places: Places, operator: Operator | None = None, pause: Callable[[float], None] = time.sleep) -> Visit:
    """Somebody whom nobody knows yet."""
    return Visit(places, operator or Nobody(), pause)


@dataclass(slots=True)
class Again(Browser):
    """Gets the answers of an earlier time once more, without asking anybody.

    Attributes:
        answers: to each request the first one that fits and has not been given, then the last that fits.
        known: so many exchanges are from before.
    """

    answers: list[Exchange] = field(default_factory=list)
    known: int = 0

    def send(self, request: Request, through: Through | None = None) -> Exchange:
        fitting = [one for one in self.answers if _same(one, request)]
        given = sum(_same(one, request) for one in self.exchanges[self.known :])
        exchange = fitting[min(given, len(fitting) - 1)]
        self.exchanges.append(exchange)
        return exchange


def _same(exchange: Exchange, request: Request) -> bool:
    one, other = urlsplit(exchange.url), urlsplit(request.url)
    return (exchange.method, one.netloc, one.path, exchange.who) == (
        request.method,
        other.netloc,
        other.path,
        request.who,
    )


@dataclass(frozen=True, slots=True)
class Played:
    """A step that went well.

    Attributes:
        before: the visit as it was when the step began.
        answers: what the servers said.
    """

    name: str
    step: Step
    before: Visit
    answers: tuple[Exchange, ...]

    def once_more(self, answers: list[Exchange]) -> None:
        """The same step, with these answers.

        Raises:
            Unexpected: the step does not take them.
        """
        known = list(self.before.browser.exchanges)
        browser = Again(deepcopy(self.before.browser.jars), known, answers, len(known))
        self.step.act(replace(self.before, browser=browser, kept=dict(self.before.kept), pause=lambda _: None))


def walked(servers: Servers, *steps: Step) -> tuple[bool, str]:
    """Whether a walk through these steps went well, and what it printed."""
    out = io.StringIO()
    chapter = Chapter("Chapter", (Scene("scene", "Scene", "Question?", steps),))
    return walk([chapter], servers, Tell(out), lambda _: None), out.getvalue()


def play(scene: Scene, visit: Visit) -> list[Played]:
    """All steps of a scene.

    Raises:
        Unexpected: one did not go well.
    """
    played: list[Played] = []
    visit.operator = operator = Repeating(visit.operator)
    for step in scene.steps:
        kept, jars, known = dict(visit.kept), deepcopy(visit.browser.jars), list(visit.browser.exchanges)
        before = replace(visit, browser=Browser(jars, known), kept=kept)
        step.act(visit)
        played.append(Played(f"{scene.id}/{step.id}", step, before, tuple(visit.browser.exchanges[len(known) :])))
    operator.again = True
    return played
