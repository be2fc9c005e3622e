"""What all pages share: where they are, who is looking, and where one goes next."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlencode

from starlette.responses import RedirectResponse, Response

from gatepass.http.origins import is_navigation
from gatepass.http.paths import local_path
from gatepass.http.proxies import Proxies
from gatepass.http.refusals import AccessRefused
from gatepass.http.urls import origin_of
from gatepass.server.users.model import User
from gatepass.server.web.cookies import Cookies
from gatepass.server.web.pages.headers import CLEAR_SITE_DATA, page_headers
from gatepass.server.web.pages.render import Renderer
from gatepass.server.web.pages.visit import Handler, Visit
from gatepass.server.web.viewers import Viewer, Viewers

PrivateHandler = Callable[[Visit, Viewer], Awaitable[Response]]


class Desk:
    """Answers the questions that every page has.

    Args:
        public_url: normalised (`urls.public_url`).
    """

    def __init__(
        self,
        *,
        public_url: str,
        render: Renderer,
        cookies: Cookies,
        proxies: Proxies,
        viewers: Viewers,
    ) -> None:
        self.render = render
        self.cookies = cookies
        self.proxies = proxies
        self.origin = origin_of(public_url)
        self._viewers = viewers

    def link(self, path: str, *, onward: str = "", done: str = "") -> str:
        """The address of a page.

        Args:
            onward: where to go after it, a local path.
            done: name of the sentence it shows about what has just been done.
        """
        query = urlencode([(name, value) for name, value in (("done", done), ("next", onward)) if value], safe="/")
        return f"{self.render.site.base}{path}" + (f"?{query}" if query else "")

    def go(self, path: str) -> Response:
        """Answer a form, or a visitor in the wrong place, with the way on (303, RFC 9110 section 15.4.4)."""
        return RedirectResponse(path, 303, headers=dict(page_headers()))

    def leave(self, path: str) -> Response:
        """`go`, and have the browser forget the session and what it kept of the pages."""
        response = self.go(path)
        response.headers.append("set-cookie", self.cookies.session.clear())
        response.headers.append(*CLEAR_SITE_DATA)
        return response

    async def viewer(self, visit: Visit) -> Viewer | None:
        """The person whose live session the cookie carries."""
        return await self._viewers.viewer(visit.view)

    def private(self, handler: PrivateHandler) -> Handler:
        """`handler` for signed-in people; others are sent to sign-in and brought back.

        Only somebody who looks at the answer is redirected. A form that arrives after its
        session has ended is refused: its content cannot be carried through a sign-in.
        """

        async def answer(visit: Visit) -> Response:
            viewer = await self.viewer(visit)
            if viewer is not None:
                return await handler(visit, viewer)
            if not is_navigation(visit.view):
                raise AccessRefused("credential_required")
            query = f"?{visit.view.query}" if visit.view.query else ""
            return self.go(self.link("/login", onward=local_path(quote(visit.view.path) + query, "")))

        return answer


def label(user: User) -> str:
    """What to call the person on a page."""
    return user.name or identifier(user)


def identifier(user: User) -> str:
    """What the person signs in with, for their password manager."""
    return user.username or user.email or user.subject
