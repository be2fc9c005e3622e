"""What there is to read beside the story: the examples line by line, and the pictures."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from gatepass.demo.hub import shelf
from gatepass.demo.hub.frame import Frame

PICTURE = {
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    # Opened by itself a drawing is a page: with its own style, and nothing else.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
}


def routes(frame: Frame) -> list[Route]:
    """Examples at `/examples/…`, each line with an anchor `L…`; pictures at `/pictures/….svg`."""

    async def example(request: Request) -> Response:
        path = shelf.examples().get(request.path_params["file"])
        if path is None:
            raise HTTPException(404)
        return frame.page("example.html", file=path.name, lines=path.read_text().splitlines())

    async def picture(request: Request) -> Response:
        path = shelf.pictures().get(request.path_params["name"])
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, media_type="image/svg+xml", headers=PICTURE)

    return [Route("/examples/{file}", example), Route("/pictures/{name}.svg", picture)]
