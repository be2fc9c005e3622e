"""What all pages of the hub have in common: frame, policy, and who may ask for what."""

from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gatepass.demo.places import ADA, PASSPHRASE, Places
from gatepass.demo.sites.forms import form_of

HERE = Path(__file__).parent
TOWN = Path(str(files("gatepass.demo.sites"))) / "static"
"""Hub and sites have one look, from one file."""

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
LONGEST_FORM, FIELDS = 65_536, 50
"""Bytes and fields; a token with all that is picked beside it is the longest thing that is sent here."""

NO_FORM = {400: "This is no form.", 413: "This is more than the hub reads."}

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""CSP Level 3: what is not listed is refused. Answers of other servers are shown here, so no text may become code."""

UNCACHED = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": POLICY,
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Frame:
    """Renders pages.

    Args:
        places: where everything is; every page links the sites.

    Attributes:
        environment: of all templates; undefined names are errors.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self.environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals |= {"places": places, "name": ADA, "passphrase": PASSPHRASE}

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """One page, with the policy that all have."""
        text = self.environment.get_template(template).render(**values)
        # Half a surrogate pair in somebody's answer is no reason to show nothing.
        return HTMLResponse(text.encode("utf-8", "replace"), status, headers=UNCACHED)


async def form(request: Request) -> dict[str, str]:
    """The fields of a form.

    Raises:
        HTTPException: 413 it is too long; 400 it is no form.
    """
    try:
        return await form_of(request, longest=LONGEST_FORM, fields=FIELDS, blank=True)
    except HTTPException as problem:
        raise HTTPException(problem.status_code, NO_FORM[problem.status_code]) from None


async def static(request: Request) -> Response:
    """Style, scripts and signs: of the hub, or of all the town. No name leads out of the two folders."""
    name = request.path_params["name"]
    found = next((path for path in (HERE / "static" / name, TOWN / name) if path.is_file()), None)
    if found is None or found.suffix not in TYPES:
        raise HTTPException(404)
    headers = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
    return FileResponse(found, media_type=TYPES[found.suffix], headers=headers)


class OwnOnly:
    """Answers only those who mean this site, and changes something only for its own pages.

    A foreign `Host` is how a stranger's page reaches a server on this machine under a name
    of its own (DNS rebinding). For everything but reading, browsers say where a request comes
    from: Sec-Fetch-Site or, where that is missing, Origin (Fetch Metadata, section 2.4).
    """

    def __init__(self, app: ASGIApp, *, origin: str) -> None:
        self._app = app
        self._origin = origin
        self._host = urlsplit(origin).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        answer = self._refusal(scope["method"], Headers(scope=scope)) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> Response | None:
        if headers.getlist("host") != [self._host]:
            return PlainTextResponse(f"The hub is at {self._origin}", 421, headers=UNCACHED)
        site, origin = headers.getlist("sec-fetch-site"), headers.getlist("origin")
        if method in SAFE or (site in (["same-origin"], ["none"]) if site else origin == [self._origin]):
            return None
        return PlainTextResponse("Only the hub's own pages may ask for this.", 403, headers=UNCACHED)
