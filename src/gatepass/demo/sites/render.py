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
from gatepass.demo.places import LOCAL_PASSPHRASE, NAME, PASSPHRASE
from gatepass.demo.sites.site import Site
from gatepass.jose import unverified_header

HERE = Path(__file__).parent
FILES = {
    "town.css": "text/css",
    "town.js": "text/javascript",
    "bank.svg": "image/svg+xml",
    "retirement.svg": "image/svg+xml",
}
UNCACHED = {"cache-control": "no-store", "x-content-type-options": "nosniff"}

PROBLEMS = {
    "credential_required": "This site does not know you. If you signed in next door with a session, only next door"
    " remembers it: here you have to sign in again.",
    "session_ended": "{here} does not find your session in its memory: another process started it, or this one has been"
    " restarted since.",
    "invalid_credentials": "Username and password do not match. This door takes the password of this site, not the one"
    " of your Gatepass account.",
    "token_expired": "Your token has expired, as all of them soon do. Sign in for a new one.",
    "bad_signature": "Somebody has changed this token since it was signed.",
    "not_enough_coins": "There are not enough coins left.",
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
            "name": NAME,
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
    """Style, script and sign of the pages, from a fixed list."""
    name = request.path_params["name"]
    if name not in FILES:
        raise HTTPException(404)
    headers = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
    return FileResponse(HERE / "static" / name, media_type=FILES[name], headers=headers)


def _policy(site: Site) -> str:
    """What the browser may do with a page (CSP Level 3): nothing that is not listed.

    The token door calls the auth server; the form that leads next door ends there.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {site.issuer}",
            f"form-action 'self' {site.partner}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
