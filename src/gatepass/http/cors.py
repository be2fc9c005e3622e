"""Front-ends on other origins that call a JSON API with bearer tokens (WHATWG Fetch section 3.3).

Origins are listed exactly, never `*`. Credentials of the browser are never allowed
across origins, so a listed front-end can use tokens it holds, not cookies it cannot see.
"""

from collections.abc import Collection

from gatepass.http.answers import Answer, refusal_answer
from gatepass.http.refusals import AccessRefused
from gatepass.http.view import RequestView

METHODS = ("GET", "POST", "PATCH", "DELETE")
REQUEST_HEADERS = "Authorization, Content-Type"
EXPOSED_HEADERS = "Retry-After, WWW-Authenticate"
MAX_AGE = 600
"""Seconds a browser may remember a preflight: short enough to take a front-end off the list."""

_VARY = ("vary", "Origin")


def is_preflight(view: RequestView) -> bool:
    """Whether a browser asks for permission first; such a request never carries a credential."""
    return (
        view.method == "OPTIONS"
        and view.header("origin") is not None
        and view.header("access-control-request-method") is not None
    )


def cors_headers(view: RequestView, origins: Collection[str]) -> list[tuple[str, str]]:
    """Headers to add to every answer of the API, whether or not this origin is listed.

    Raises:
        RequestRefused: Origin came twice.
    """
    origin = view.header("origin")
    if origin is None or not _listed(origin, origins):
        return [_VARY]
    return [_VARY, ("access-control-allow-origin", origin), ("access-control-expose-headers", EXPOSED_HEADERS)]


def preflight_answer(view: RequestView, origins: Collection[str], *, methods: Collection[str] = METHODS) -> Answer:
    """The answer to a preflight (see `is_preflight`): 204 with permissions, or 403.

    Raises:
        RequestRefused: Origin came twice.
    """
    origin = view.header("origin")
    if origin is None or not _listed(origin, origins):
        refused = refusal_answer(AccessRefused("cross_site_request"))
        return Answer(refused.status, (*refused.headers, _VARY), refused.body)
    return Answer(
        204,
        (
            _VARY,
            ("access-control-allow-origin", origin),
            ("access-control-allow-methods", ", ".join(methods)),
            ("access-control-allow-headers", REQUEST_HEADERS),
            ("access-control-max-age", str(MAX_AGE)),
        ),
    )


def _listed(origin: str, origins: Collection[str]) -> bool:
    # `in` on a plain text would find parts of it.
    return origin != "null" and origin in tuple(origins)
