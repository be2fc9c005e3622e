"""/account and the forms on it that need no own users: what one is called, and where one is signed in."""

from contextlib import suppress

from starlette.responses import Response

from gatepass.http.refusals import NotFound
from gatepass.server.flows.end_sessions import EndSessions
from gatepass.server.flows.list_sessions import ListSessions, SessionInfo
from gatepass.server.sessions.service import LISTED
from gatepass.server.users.model import User
from gatepass.server.web.pages.desk import Desk, identifier, label
from gatepass.server.web.pages.forms import Form
from gatepass.server.web.pages.render import Moment
from gatepass.server.web.pages.visit import Visit
from gatepass.server.web.viewers import Viewer

NOTICES = {
    "profile": "Your profile is saved.",
    "password": "Your password is changed. All other devices are signed out.",
    "ended": "The session has ended.",
    "others": "All other sessions have ended.",
}


class AccountPage:
    """Handlers of /account and of the forms below /account/sessions: end, end-others, end-all.

    Args:
        shortest: fewest characters of a new password; None with a team's own users, whose
            profile and password are not ours to change.
    """

    def __init__(
        self, desk: Desk, list_sessions: ListSessions, end_sessions: EndSessions, *, shortest: int | None
    ) -> None:
        self._desk = desk
        self._list = list_sessions
        self._end = end_sessions
        self._shortest = shortest

    async def home(self, visit: Visit) -> Response:
        """The front door leads to the account, and through it to sign-in."""
        return self._desk.go(self._desk.link("/account"))

    async def back(self, visit: Visit, viewer: Viewer) -> Response:
        """Somebody reloads, or opens again, an address that a form was sent to."""
        return self._desk.go(self._desk.link("/account"))

    async def show(self, visit: Visit, viewer: Viewer) -> Response:
        """The whole account on one page."""
        return await self.page(viewer, notice=NOTICES.get(visit.query.get("done", ""), ""))

    async def end(self, visit: Visit, viewer: Viewer) -> Response:
        """End one session of this person."""
        with suppress(NotFound):  # It is over, as was asked for; somebody else's looks the same.
            await self._end.one(viewer.user.subject, visit.field("session"), source=visit.source)
        return self._desk.go(self._desk.link("/account", done="ended"))

    async def end_others(self, visit: Visit, viewer: Viewer) -> Response:
        """End every session of this person but the one that asks."""
        await self._end.others(viewer.user.subject, current=viewer.session.id, source=visit.source)
        return self._desk.go(self._desk.link("/account", done="others"))

    async def end_all(self, visit: Visit, viewer: Viewer) -> Response:
        """End every session of this person, and have this browser forget its own."""
        await self._end.everywhere(viewer.user.subject, source=visit.source)
        return self._desk.leave(self._desk.link("/logout"))

    async def page(
        self,
        viewer: Viewer,
        *,
        status: int = 200,
        notice: str = "",
        profile: Form | None = None,
        password: Form | None = None,
    ) -> Response:
        """The page, with a form in the state that a refusal left it in."""
        found = await self._list(viewer.user.subject, current=viewer.session.id)
        return self._desk.render.page(
            "account.html",
            status=status,
            viewer=label(viewer.user),
            identifier=identifier(viewer.user),
            user=viewer.user,
            notice=notice,
            form=profile or password or Form(),
            profile=profile or profile_form(viewer.user),
            password=password or Form(prefix="password-"),
            shortest=self._shortest,
            sessions=[_shown(info) for info in found],
            unlisted=len(found) == LISTED,
        )


def profile_form(user: User) -> Form:
    """The profile as it is stored."""
    return Form({"name": user.name or "", "email": user.email or ""}, prefix="profile-")


def _shown(info: SessionInfo) -> dict[str, object]:
    return {
        "id": info.id,
        "device": info.device,
        "address": info.address,
        "current": info.current,
        "started": Moment.of(info.signed_in_at),
        "used": Moment.of(info.last_seen_at),
    }
