"""Templates in, responses out.

Autoescape is on for every template and a missing variable is an error: a page with a
hole in it must fail in a test, not in front of somebody.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse

from gatepass.http.urls import parse_url
from gatepass.server.web.pages.headers import page_headers
from gatepass.server.web.pages.static import StaticFiles

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parents[1] / "templates"


@dataclass(frozen=True, slots=True)
class Site:
    """What every page says about where one is.

    Attributes:
        name: of the service, as the operator calls it.
        host: host and port of the public URL, so people see where they type a password.
        base: path of the public URL without a trailing slash; links start with it.
    """

    name: str
    host: str
    base: str

    @classmethod
    def at(cls, public_url: str, name: str) -> "Site":
        """The site of a normalised public URL (`urls.public_url`)."""
        url = parse_url(public_url)
        return cls(name, url.authority, url.path.rstrip("/"))


@dataclass(frozen=True, slots=True)
class Moment:
    """A time for machines (`iso`) and for people (`text`), both UTC."""

    iso: str
    text: str

    @classmethod
    def of(cls, seconds: float) -> "Moment":
        """The moment `seconds` after 1970-01-01T00:00:00Z."""
        when = datetime.fromtimestamp(int(seconds), UTC)
        return cls(f"{when:%Y-%m-%dT%H:%M:%SZ}", f"{when.day} {when:%B %Y, %H:%M} UTC")


class Renderer:
    """Renders the templates of this wing for one site."""

    def __init__(self, site: Site, static: StaticFiles) -> None:
        self.site = site
        self._static = static

    @cached_property
    def _templates(self) -> "Environment":
        # 2 MB and a tenth of each start; commands, and servers whose pages nobody looks at, go without.
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals.update(site=self.site, asset=self._static.address)
        return environment

    def page(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """The page `template` filled with `status` and `context`, with the headers of every page."""
        text = self._templates.get_template(template).render(context, status=status)
        return HTMLResponse(text, status, headers=dict(page_headers()))
