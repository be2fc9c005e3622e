"""The story's pages: the first screen, and one page for each scene."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gatepass.demo.hub import diagram, shelf, shown
from gatepass.demo.hub.frame import UNCACHED, Frame
from gatepass.demo.hub.memory import Memories, Memory, of_interest
from gatepass.demo.hub.visits import Busy, Played, Run, Visitors
from gatepass.demo.places import Places
from gatepass.demo.story.step import Chapter, Scene

DOORS = ("session", "token")
"""The first screen leads to these scenes; at the end of the first stands the door to the second."""

BUSY = "Your last step is still running. Look again in a moment."

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Watched:
    """What a page shows of one server's memory.

    Attributes:
        counts: None while it does not answer.
        untouched: the step asked this server, which keeps nothing of it.
    """

    process: str
    name: str
    counts: list[shown.Count] | None
    restarted: bool
    untouched: bool


class Scenes:
    """The handlers.

    Args:
        frame: renders the pages.
        chapters: the story.
        visitors: who is where in it.
        memories: of the servers.
    """

    def __init__(self, frame: Frame, chapters: list[Chapter], visitors: Visitors, memories: Memories) -> None:
        self._frame = frame
        self._chapters = chapters
        self._visitors = visitors
        self._memories = memories
        self._scenes = [scene for chapter in chapters for scene in chapter.scenes]
        self._cookie = "__Host-hub_visitor" if frame.places.https else "hub_visitor"
        frame.environment.globals |= {"shown": shown, "shelf": shelf, "diagram": diagram, "kind": _kind}

    def routes(self) -> list[Route]:
        """Where they answer."""
        return [
            Route("/", self.home),
            Route("/memory", self.memory),
            Route("/scenes/{scene}", self.scene),
            Route("/scenes/{scene}/again", self.again, methods=["POST"]),
            Route("/scenes/{scene}/{step}", self.play, methods=["POST"]),
        ]

    async def home(self, request: Request) -> Response:
        """The question, its two doors, and everything else there is to see."""
        runs = {scene.id: self._run(request, scene) for scene in self._scenes}
        doors = [scene for name in DOORS for scene in self._scenes if scene.id == name]
        return self._frame.page("home.html", chapters=self._chapters, doors=doors, runs=runs)

    async def scene(self, request: Request) -> Response:
        """A scene as far as this visitor has played it."""
        scene = self._scene(request)
        run = self._run(request, scene)
        chosen = _chosen(run)
        now = await self._memories.of(of_interest(scene))
        return self._frame.page(
            "scene.html",
            **self._around(scene),
            **_progress(scene, run, self._frame.places),
            chosen=chosen,
            watched=[self._watched(process, now, chosen) for process in now],
        )

    async def play(self, request: Request) -> Response:
        """Play up to a step."""
        scene = self._scene(request)
        step = next((step for step in scene.steps if step.id == request.path_params["step"]), None)
        if step is None:
            raise HTTPException(404)
        secret = self._visitors.enter(request.cookies.get(self._cookie, ""))
        try:
            await self._visitors.play(secret, scene, step)
        except Busy:
            raise HTTPException(429, BUSY) from None
        return self._known(RedirectResponse(f"/scenes/{scene.id}#{step.id}", 303), secret)

    async def again(self, request: Request) -> Response:
        """Forget what was played of a scene."""
        scene = self._scene(request)
        self._visitors.forget(request.cookies.get(self._cookie, ""), scene)
        return RedirectResponse(f"/scenes/{scene.id}", 303)

    async def memory(self, request: Request) -> Response:
        """What some servers remember now, for the panel that shows it live."""
        now = await self._memories.of(request.query_params.get("of", "").split(","))
        found = {name: one and {"process": one.process, "remembered": dict(one.numbers)} for name, one in now.items()}
        return JSONResponse(found, headers=UNCACHED)

    def _scene(self, request: Request) -> Scene:
        found = next((scene for scene in self._scenes if scene.id == request.path_params["scene"]), None)
        if found is None:
            raise HTTPException(404)
        return found

    def _run(self, request: Request, scene: Scene) -> Run | None:
        return self._visitors.run(request.cookies.get(self._cookie, ""), scene)

    def _known(self, response: Response, secret: str) -> Response:
        response.set_cookie(self._cookie, secret, httponly=True, samesite="lax", secure=self._frame.places.https)
        return response

    def _watched(self, process: str, now: Memory, chosen: Played | None) -> Watched:
        counts = shown.counted(process, now, chosen)
        asked = {diagram.server_of(exchange, self._frame.places) for exchange in (chosen.exchanges if chosen else ())}
        untouched = process in asked and not any(count.added for count in counts or () if not count.tally)
        return Watched(process, diagram.name_of(process), counts, shown.restarted(process, chosen), untouched)

    def _around(self, scene: Scene) -> dict[str, Any]:
        """Where a scene stands in the story."""
        place = self._scenes.index(scene)
        chapter = next(chapter for chapter in self._chapters if scene in chapter.scenes)
        return {
            "scene": scene,
            "chapter": chapter,
            "before": self._scenes[place - 1] if place else None,
            "after": self._scenes[place + 1] if place + 1 < len(self._scenes) else None,
            "door": next((other for other in self._scenes if (scene.id, other.id) == DOORS), None),
        }


def _progress(scene: Scene, run: Run | None, places: Places) -> dict[str, Any]:
    """How far a visitor is: the state of each step, the next one, the drawing."""
    done = run.done if run else 0
    return {
        "states": diagram.states(scene, run),
        "next": scene.steps[done] if done < len(scene.steps) else None,
        "drawing": diagram.drawn(scene, run, places),
    }


def _chosen(run: Run | None) -> Played | None:
    return next((played for played in run.played if played.step.id == run.chosen), None) if run else None


def _kind(sight: object) -> str:
    """Which way of drawing a sight takes."""
    return type(sight).__name__.lower()
