"""What a site looks like: its pages, their policy, and the few files they need."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from gatepass import Identity
from gatepass.demo.places import ADA, BEN, LOCAL_PASSPHRASE, PASSPHRASE
from gatepass.demo.sites.forms import UNCACHED
from gatepass.demo.sites.site import Site
from gatepass.jose import unverified_header

HERE = Path(__file__).parent
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {path.name: path for path in (HERE / "static").iterdir() if path.suffix in TYPES}
"""The files that are served, found once: what a request names is only ever looked up here."""

PROBLEMS = {
    "credential_required": "This site does not know you. If you signed in next door with a session, only next door"
    " remembers it: here you have to sign in again.",
    "session_ended": "{here} does not find your session in its memory: another process started it, or this one has been"
    " restarted since.",
    "invalid_credentials": "Username and password do not match. This door takes the password of this site, not the one"
    " of your Gatepass account.",
    "token_expired": "Your token has expired, as all of them soon do. Sign in for a new one.",
    "token_revoked": "The auth server has taken this token back, and {here} has heard of it: somebody signed out.",
    "bad_signature": "Somebody has changed this token since it was signed.",
    "wrong_audience": "This token is real, but it was made for other sites.",
    "insufficient_scope": "{here} knows you. But your token does not cover this: who you are is no permission.",
}
"""Why the doors are closed; other codes bring a sentence of their own."""


class Templates:
    """The pages of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        pages = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        pages.globals |= {
            "site": site,
            "trade": site.trade,
            "issuer": urlsplit(site.issuer).netloc,
            "name": ADA,
            "residents": f"{ADA} and {BEN}",
            "local_passphrase": LOCAL_PASSPHRASE,
            "passphrase": PASSPHRASE,
        }
        self._pages = pages
        self._headers = {**UNCACHED, "content-security-policy": _policy(site), "referrer-policy": "strict-origin"}

    def page(self, template: str, memory: dict[str, Any], *, status: int = 200, **values: Any) -> Response:
        """One page, with what this process remembers at its foot."""
        text = self._pages.get_template(template).render(memory=memory, **values)
        return HTMLResponse(text, status, headers=self._headers)

    def problem(self, code: str, sentence: str) -> str:
        """Why somebody is not let in, for people."""
        return PROBLEMS.get(code, sentence).format(here=self._site.instance)


def inside(who: Identity, token: str) -> dict[str, str]:
    """What the account page shows of a verified token: header, claims, and when it ends."""
    ends = datetime.fromtimestamp(who.expires_at or 0, UTC)
    return {
        "text": token,
        "header": json.dumps(unverified_header(token), indent=2),
        "payload": json.dumps(dict(who.claims), indent=2),
        "signature": token.rpartition(".")[2],
        "ends": ends.strftime("%H:%M:%S"),
    }


def wants_page(request: Request) -> bool:
    """Whether a person is looking."""
    return "text/html" in request.headers.get("accept", "")


async def file(request: Request) -> Response:
    """Style, script and signs of the pages."""
    path = FILES.get(request.path_params["name"])
    if path is None:
        raise HTTPException(404)
    headers = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
    return FileResponse(path, media_type=TYPES[path.suffix], headers=headers)


def _policy(site: Site) -> str:
    """What the browser may do with a page (CSP Level 3): nothing that is not listed.

    The token door calls the auth server; the forms that lead next door end there.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {site.issuer}",
            " ".join(["form-action 'self'", *(other.url for other in site.related)]),
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
