"""/login: a name and a password for a session."""

from starlette.responses import Response

from gatepass.http.paths import local_path
from gatepass.server.flows.sign_in import SignIn
from gatepass.server.users.errors import SignInRefused
from gatepass.server.web.cookies import DEVICE_SECONDS
from gatepass.server.web.pages.desk import Desk
from gatepass.server.web.pages.forms import Form
from gatepass.server.web.pages.visit import Visit

NOTICES = {
    "registered": "Your account is ready. Sign in with it.",
    "deleted": "Your account is deleted, and all its sessions have ended.",
}
WRONG = "Check the username or e-mail address and the password, and try again."
DISABLED = "Ask the people who run this service to enable it again."


class SignInPage:
    """Handlers of /login.

    Args:
        session_seconds: how long the browser keeps the session cookie; the session ends by itself.
        register: whether the page may point to registration.
    """

    def __init__(self, desk: Desk, sign_in: SignIn, *, session_seconds: int, register: bool) -> None:
        self._desk = desk
        self._sign_in = sign_in
        self._session_seconds = session_seconds
        self._register = register

    async def show(self, visit: Visit) -> Response:
        """The empty form; who is signed in already goes on."""
        onward = local_path(visit.query.get("next"), "")
        if await self._desk.viewer(visit):
            return self._desk.go(onward or self._desk.link("/account"))
        return self._page(Form(), onward, notice=NOTICES.get(visit.query.get("done", ""), ""))

    async def submit(self, visit: Visit) -> Response:
        """Sign in, under a new session id, and go where the person wanted to go."""
        onward = local_path(visit.field("next"), "")
        cookies = self._desk.cookies
        if missing := _missing(visit):
            return self._page(Form(visit.form, missing), onward, status=400)
        try:
            done = await self._sign_in.browser(
                visit.field("identifier"),
                visit.field("password"),
                source=visit.source,
                device=cookies.device.read(visit.view),
                current_secret=cookies.session.read(visit.view),
            )
        except SignInRefused as refused:
            if refused.code == "throttled":
                raise
            return self._page(_refused(visit, refused), onward, status=refused.status)
        response = self._desk.go(onward or self._desk.link("/account"))
        response.headers.append("set-cookie", cookies.session.set(done.secret, self._session_seconds))
        response.headers.append("set-cookie", cookies.device.set(done.device, DEVICE_SECONDS))
        return response

    def _page(self, form: Form, onward: str, *, status: int = 200, notice: str = "") -> Response:
        register = self._desk.link("/register", onward=onward) if self._register else ""
        return self._desk.render.page(
            "login.html", status=status, form=form, next=onward, notice=notice, register_link=register
        )


def _missing(visit: Visit) -> dict[str, str]:
    asked = {"identifier": "Enter your username or e-mail address.", "password": "Enter your password."}
    return {name: sentence for name, sentence in asked.items() if not visit.field(name)}


def _refused(visit: Visit, refused: SignInRefused) -> Form:
    if refused.code == "user_disabled":
        return Form(visit.form, {"": DISABLED}, headline=refused.message)
    return Form(visit.form, {"": WRONG}, headline="These do not match")
