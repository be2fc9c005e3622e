"""What the browser tells about the page that started a request.

A cookie travels with every request to its site, whoever made the browser send it. So
a change that a cookie pays for must come from our own pages. Nothing here helps
against a client that is not a browser; such a client has nobody's cookie either.
"""

from collections.abc import Collection

from gatepass.http.refusals import AccessRefused
from gatepass.http.view import RequestView
from gatepass.kernel.errors import Misuse

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def guard(view: RequestView, origins: Collection[str]) -> None:
    """Let an unsafe request or a WebSocket handshake pass only when our own pages made it.

    1. GET, HEAD and OPTIONS change nothing and pass; a WebSocket handshake does not.
    2. `Sec-Fetch-Site` decides when it is there: `same-origin` and `none` (typed by the
       person) pass, every other value is refused (W3C Fetch Metadata section 2.3).
    3. Without it, `Origin` must equal a configured origin; `null` never does.
    4. Without both, the request is refused: every browser sends one of them.

    Args:
        origins: our own, as browsers write them; see `urls.origin_of`.

    Raises:
        AccessRefused: `cross_site_request`.
        RequestRefused: one of the two headers came twice.
    """
    if isinstance(origins, str):
        raise Misuse("Origins are a collection of texts, not one text.")
    if view.method in _SAFE_METHODS:
        return
    site = view.header("sec-fetch-site")
    if site is not None:
        passed = site in ("same-origin", "none")
    else:
        origin = view.header("origin")
        passed = origin != "null" and origin in origins
    if not passed:
        raise AccessRefused("cross_site_request")


def is_navigation(view: RequestView) -> bool:
    """Whether a person is looking at the answer, so that a redirect to sign-in makes sense.

    `Sec-Fetch-Mode` decides when it is there, else whether HTML is accepted.
    """
    if view.method != "GET":
        return False
    mode = view.header("sec-fetch-mode")
    if mode is not None:
        return mode == "navigate"
    return "text/html" in (view.header("accept") or "").lower()
