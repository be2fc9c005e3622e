"""The hub's application: which page answers at which address."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatepass.demo.hub.frame import Frame, OwnOnly, static
from gatepass.demo.places import Places
from gatepass.demo.story.visit import Operator

NOT_FOUND = "There is nothing at this address."


def app(places: Places, operator: Operator, *, metrics_token: str = "") -> Starlette:
    """The hub of a town.

    Args:
        places: where the town is.
        operator: runs the auth server's commands in steps that no visitor can do.
        metrics_token: what the auth server wants to see before it shows its figures; empty: they are not shown.
    """
    frame = Frame(places)
    return Starlette(
        routes=[
            Route("/", _home(frame)),
            Route("/static/{name}", static),
        ],
        exception_handlers={HTTPException: _problem(frame)},
        middleware=[Middleware(OwnOnly, origin=places.hub)],
    )


def _home(frame: Frame) -> Callable[[Request], Response]:
    def home(request: Request) -> Response:
        return frame.page("home.html")

    return home


def _problem(frame: Frame) -> Callable[[Request, Exception], Response]:
    def problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        says = NOT_FOUND if error.status_code == 404 else error.detail
        return frame.page("problem.html", status=error.status_code, says=says)

    return problem
