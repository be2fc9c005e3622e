"""The hub's application: which page answers at which address."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatepass.demo.hub import inspector, lab, reading
from gatepass.demo.hub.frame import Frame, OwnOnly, static
from gatepass.demo.hub.memory import Memories
from gatepass.demo.hub.scenes import Scenes
from gatepass.demo.hub.visits import Visitors
from gatepass.demo.places import Places
from gatepass.demo.story.step import Chapter
from gatepass.demo.story.story import story
from gatepass.demo.story.visit import Operator, Visit

NOT_FOUND = ("Not here", "There is nothing at this address.")


def app(
    places: Places, operator: Operator, *, metrics_token: str = "", chapters: list[Chapter] | None = None
) -> Starlette:
    """The hub of a town.

    Args:
        places: where the town is.
        operator: runs the auth server's commands in steps that no visitor can do.
        metrics_token: what the auth server wants to see before it shows its figures; empty: they are not shown.
        chapters: what can be played; by default the whole story.
    """
    frame, memories = Frame(places), Memories(places, metrics_token)
    visitors = Visitors(memories, lambda pause: Visit(places, operator, pause))
    told = story() if chapters is None else chapters

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        visitors.close()

    return Starlette(
        routes=[
            *Scenes(frame, told, visitors, memories).routes(),
            *reading.routes(frame),
            *inspector.routes(frame),
            *lab.routes(frame),
            Route("/static/{name}", static),
        ],
        exception_handlers={HTTPException: _problem(frame)},
        middleware=[Middleware(OwnOnly, origin=places.hub)],
        lifespan=lifespan,
    )


def _problem(frame: Frame) -> Callable[[Request, Exception], Response]:
    def problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        title, says = NOT_FOUND if error.status_code == 404 else ("This did not work", error.detail)
        return frame.page("problem.html", status=error.status_code, title=title, says=says)

    return problem
