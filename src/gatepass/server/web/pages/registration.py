"""/register: a new account."""

from starlette.responses import Response

from gatepass.http.paths import local_path
from gatepass.server.flows.register import Register
from gatepass.server.users.errors import IdentifierRefused, PasswordRefused, UserConflict
from gatepass.server.web.pages.desk import Desk
from gatepass.server.web.pages.forms import Form, errors_of
from gatepass.server.web.pages.visit import Visit

FIELDS = {"identifier_missing": "username", "username": "username", "email": "email", "password": "password"}


class RegistrationPage:
    """Handlers of /register.

    Args:
        shortest: fewest characters of a password.
    """

    def __init__(self, desk: Desk, register: Register, *, shortest: int) -> None:
        self._desk = desk
        self._register = register
        self._shortest = shortest

    async def show(self, visit: Visit) -> Response:
        """The empty form; who is signed in already has an account."""
        onward = local_path(visit.query.get("next"), "")
        if await self._desk.viewer(visit):
            return self._desk.go(onward or self._desk.link("/account"))
        return self._page(Form(), onward)

    async def submit(self, visit: Visit) -> Response:
        """Make the account; the first sign-in is the person's own, so that the browser learns the password."""
        onward = local_path(visit.field("next"), "")
        try:
            await self._register(
                username=visit.field("username") or None,
                email=visit.field("email") or None,
                password=visit.field("password"),
                name=None,
                source=visit.source,
            )
        except (IdentifierRefused, PasswordRefused, UserConflict) as refused:
            return self._page(Form(visit.form, errors_of(refused, FIELDS)), onward, status=refused.status)
        return self._desk.go(self._desk.link("/login", onward=onward, done="registered"))

    def _page(self, form: Form, onward: str, *, status: int = 200) -> Response:
        login = self._desk.link("/login", onward=onward)
        return self._desk.render.page(
            "register.html", status=status, form=form, next=onward, shortest=self._shortest, login_link=login
        )
