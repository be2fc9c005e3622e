"""The forms of /account that change our own users: profile, password, deletion."""

from starlette.responses import Response

from gatepass.server.flows.change_password import ChangePassword
from gatepass.server.flows.delete_user import DeleteUser
from gatepass.server.flows.update_profile import UpdateProfile
from gatepass.server.users.errors import IdentifierRefused, PasswordRefused, SignInRefused, UserConflict
from gatepass.server.web.pages.account import AccountPage
from gatepass.server.web.pages.desk import Desk, identifier, label
from gatepass.server.web.pages.forms import Form, errors_of
from gatepass.server.web.pages.visit import Visit
from gatepass.server.web.viewers import Viewer

PROFILE_FIELDS = {"name": "name", "email": "email", "username": "username", "identifier": "email"}
PASSWORD_FIELDS = {"password": "new"}
NOT_YOURS = "This is not your current password."


class AccountChanges:
    """Handlers of /account/profile, /account/password and /account/delete."""

    def __init__(
        self,
        desk: Desk,
        account: AccountPage,
        *,
        update_profile: UpdateProfile,
        change_password: ChangePassword,
        delete_user: DeleteUser,
    ) -> None:
        self._desk = desk
        self._account = account
        self._update_profile = update_profile
        self._change_password = change_password
        self._delete_user = delete_user

    async def profile(self, visit: Visit, viewer: Viewer) -> Response:
        """Save name and address, and a username where there is none yet."""
        try:
            await self._update_profile(
                viewer.user.subject,
                username=visit.field("username") or viewer.user.username,
                email=visit.field("email") or None,
                name=visit.field("name") or None,
                source=visit.source,
            )
        except (IdentifierRefused, UserConflict) as refused:
            form = Form(visit.form, errors_of(refused, PROFILE_FIELDS), prefix="profile-")
            return await self._account.page(viewer, status=refused.status, profile=form)
        return self._desk.go(self._desk.link("/account", done="profile"))

    async def password(self, visit: Visit, viewer: Viewer) -> Response:
        """Change the password; every other session ends."""
        try:
            await self._change_password(
                viewer.user.subject,
                visit.field("current"),
                visit.field("new"),
                keep_session=viewer.session.id,
                source=visit.source,
            )
        except (SignInRefused, PasswordRefused, UserConflict) as refused:
            if refused.code == "throttled":
                raise
            errors = {"current": NOT_YOURS} if refused.code == "invalid_credentials" else None
            form = Form({}, errors or errors_of(refused, PASSWORD_FIELDS), prefix="password-")
            return await self._account.page(viewer, status=refused.status, password=form)
        return self._desk.go(self._desk.link("/account", done="password"))

    async def ask_delete(self, visit: Visit, viewer: Viewer) -> Response:
        """Say what will be gone, and ask for the password."""
        return self._delete_page(viewer, Form())

    async def delete(self, visit: Visit, viewer: Viewer) -> Response:
        """Delete the account: the password in the form is the fresh sign-in."""
        try:
            await self._delete_user(viewer.user.subject, visit.field("password"), source=visit.source)
        except SignInRefused as refused:
            if refused.code == "throttled":
                raise
            return self._delete_page(viewer, Form({}, {"password": NOT_YOURS}), status=refused.status)
        return self._desk.leave(self._desk.link("/login", done="deleted"))

    def _delete_page(self, viewer: Viewer, form: Form, *, status: int = 200) -> Response:
        return self._desk.render.page(
            "delete.html", status=status, viewer=label(viewer.user), identifier=identifier(viewer.user), form=form
        )
