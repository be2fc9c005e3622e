"""What the story is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from gatepass.demo.places import Places
from gatepass.demo.story.sights import Sight
from gatepass.demo.story.visit import Visit


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen when a step went as expected: a few words, and more where words do not do."""

    text: str
    sights: tuple[Sight, ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of an example that do what a step shows.

    Attributes:
        file: in `examples/`.
        marks: a text that stands in exactly one line of it.
    """

    file: str
    marks: str


Act = Callable[[Visit], Seen]
"""Does the step. Raises `Unexpected` when something else happens than the step tells."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        id: in addresses: small letters and hyphens, unique in its scene.
        title: what happens.
        notice: what to notice, one sentence.
        act: does it.
        to: the processes that are asked, in order: arrows of the diagram before anything has happened.
        page: the real page where a person sees the same; None where there is none.
        code: how an application does it; None where no example does.
    """

    id: str
    title: str
    notice: str
    act: Act
    to: tuple[str, ...] = ()
    page: Callable[[Places], str] | None = None
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Steps that show one thing. A scene stands alone: it begins with a visitor whom nobody knows yet.

    Attributes:
        id: in addresses.
        title: what it is about; question: what it answers, one sentence.
        steps: in order; each builds on those before.
        picture: name of a drawing in `docs/pictures`, without its ending; empty for none.
        watched: processes whose memory is of interest here.
    """

    id: str
    title: str
    question: str
    steps: tuple[Step, ...]
    picture: str = ""
    watched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """Scenes that belong together."""

    title: str
    scenes: tuple[Scene, ...]
