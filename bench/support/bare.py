"""One route, for comparison."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def health(request: Request) -> JSONResponse:
    """As /healthz of the auth server."""
    return JSONResponse({"status": "ok"})


app = Starlette(routes=[Route("/healthz", health)])
