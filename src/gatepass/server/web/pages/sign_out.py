"""/logout: the session of this browser ends."""

from starlette.responses import Response

from gatepass.server.flows.sign_out import SignOut
from gatepass.server.web.pages.desk import Desk, label
from gatepass.server.web.pages.visit import Visit


class SignOutPage:
    """Handlers of /logout."""

    def __init__(self, desk: Desk, sign_out: SignOut) -> None:
        self._desk = desk
        self._sign_out = sign_out

    async def show(self, visit: Visit) -> Response:
        """Ask first: a link, or an image of another site, must not sign anybody out."""
        viewer = await self._desk.viewer(visit)
        if viewer is None:
            return self._desk.render.page("signed_out.html")
        return self._desk.render.page("logout.html", viewer=label(viewer.user))

    async def submit(self, visit: Visit) -> Response:
        """End the session; without one there is nothing to do, and it looks the same.

        The user is not looked up: a team's table that is down, or has closed the account, keeps nobody signed in.
        """
        secret = self._desk.cookies.session.read(visit.view)
        if secret is not None:
            await self._sign_out.by_secret(secret, source=visit.source)
        return self._desk.leave(self._desk.link("/logout"))
