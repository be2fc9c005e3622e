"""What comes in as a form, from where, and how it is refused."""

from collections.abc import Awaitable, Callable, Collection
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

LONGEST_FORM, FIELDS = 8_192, 10
"""Bytes and fields; a token is the longest thing that is sent here."""

UNCACHED = {"cache-control": "no-store", "x-content-type-options": "nosniff"}

Endpoint = Callable[[Request], Awaitable[Response]]


async def form_of(
    request: Request, *, longest: int = LONGEST_FORM, fields: int = FIELDS, blank: bool = False
) -> dict[str, str]:
    """The fields of a small form.

    Args:
        longest: bytes; `fields`: how many; `blank`: whether those that nobody filled in are there, too.

    Raises:
        HTTPException: 400 or 413.
    """
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > longest:
                raise HTTPException(413, "body_too_large")
        return dict(parse_qsl(body.decode(), keep_blank_values=blank, max_num_fields=fields))
    except (ClientDisconnect, ValueError):
        raise HTTPException(400, "malformed_request") from None


def only_from(origins: Collection[str], endpoint: Endpoint) -> Endpoint:
    """Only for pages of these origins: browsers name the origin in every POST, and no page can change it."""

    async def checked(request: Request) -> Response:
        if request.headers.getlist("origin") not in [[origin] for origin in origins]:
            return refused(403, "cross_site_request", "This came from a page that has no business here.")
        return await endpoint(request)

    return checked


def refused(status: int, code: str, sentence: str) -> Response:
    """A refusal as programs read it."""
    return JSONResponse({"error": code, "error_description": sentence}, status, headers=UNCACHED)


async def plain(request: Request, problem: Exception) -> Response:
    """The answer to what no endpoint takes, with what belongs to it, such as the methods that are allowed."""
    assert isinstance(problem, HTTPException)
    code = str(problem.detail).lower().replace(" ", "_")
    response = refused(problem.status_code, code, "This request cannot be answered.")
    response.headers.update(problem.headers or {})
    return response
