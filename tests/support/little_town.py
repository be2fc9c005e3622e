"""The hub in memory, in front of a bank and a retirement site that really listen; and scenes made for a test."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2

from gatepass.demo.hub.app import app
from gatepass.demo.places import Places
from gatepass.demo.story.browser import Request
from gatepass.demo.story.step import Act, Chapter, Scene, Seen, Step
from gatepass.demo.story.visit import Unexpected, Visit
from gatepass.demo.town.process import words
from tests.support.towns import PATIENCE

SITES = ("bank-1", "retirement")
PROCESS = "gatepass.demo.town.process"


class Nobody:
    """An operator who can do nothing."""

    def command(self, *words: str) -> str:
        """Fails."""
        raise Unexpected(f"Nobody runs `{' '.join(words)}` here.")


class Looking:
    """A browser without JavaScript in front of the hub."""

    def __init__(self, places: Places, chapters: list[Chapter] | None = None) -> None:
        self.hub = app(places, Nobody(), chapters=chapters)
        self.origin = places.hub
        self.client = self.somebody_else()

    def somebody_else(self) -> httpx2.AsyncClient:
        """Another browser in front of the same hub."""
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.hub), base_url=self.origin)

    async def get(self, path: str) -> str:
        """The text of a page."""
        return (await self.client.get(path)).text

    async def click(self, path: str, client: httpx2.AsyncClient | None = None) -> str:
        """Send a form without fields, and follow the answer to the page that it names."""
        client = client or self.client
        answer = await client.post(path, headers={"origin": self.origin})
        assert answer.status_code == 303, answer.text
        return (await client.get(answer.headers["location"].partition("#")[0])).text


def states(page: str) -> dict[str, str]:
    """State by step, as the list of steps on a page says."""
    return dict(re.findall(r'<li data-step="([^"]+)" data-state="([^"]+)"', page))


def forms(page: str) -> list[str]:
    """Where the forms of a page lead."""
    return re.findall(r'<form[^>]* action="([^"]+)"', page)


def a_scene(*acts: Act, name: str = "scene", watched: Sequence[str] = (), to: Sequence[str] = ()) -> list[Chapter]:
    """A story of one scene; its steps are called `one`, `two`, …, and promise to ask `to`."""
    names = ("one", "two", "three")
    steps = tuple(
        Step(step, f"Step {step}", f"Notice {step}.", act, tuple(to)) for step, act in zip(names, acts, strict=False)
    )
    return [Chapter("Chapter", (Scene(name, "A scene", "What happens?", steps, watched=tuple(watched)),))]


def sees(text: str) -> Act:
    """A step that sends nothing and sees `text`."""
    return lambda visit: Seen(text)


def asks(url: str) -> Act:
    """A step that gets `url`, whatever the answer is."""

    def act(visit: Visit) -> Seen:
        return Seen(str(visit.send(Request("GET", url)).status))

    return act


@contextmanager
def two_sites(places: Places, folder: Path) -> Iterator[None]:
    """The bank and the retirement site, each a process, as the town starts them; nobody signs tokens."""
    with listening(folder, *([PROCESS, *words(name, places, folder)] for name in SITES)):
        yield


@contextmanager
def listening(folder: Path, *commands: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """These modules, each with its arguments and in a process of its own, from when all of them listen."""
    with ExitStack() as stack:
        started = []
        for command in commands:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=environment,
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            stack.callback(_end, process)
            started.append(process)
        for process in started:
            _await(process)
        yield


def _await(process: subprocess.Popen[bytes]) -> None:
    """Until it says that it listens; the rest of what it says is read and forgotten, so that it never waits for us."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if b"Uvicorn running" in line or b" is listening on " in line:
            break
    else:
        raise AssertionError(b"".join(said).decode())
    threading.Thread(target=process.stdout.read, daemon=True).start()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(PATIENCE)
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
