"""All pages, put together from the use cases behind them."""

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gatepass.http.proxies import Proxies
from gatepass.http.view import RequestView
from gatepass.kernel.clock import Clock
from gatepass.server.flows.change_password import ChangePassword
from gatepass.server.flows.delete_user import DeleteUser
from gatepass.server.flows.end_sessions import EndSessions
from gatepass.server.flows.list_sessions import ListSessions
from gatepass.server.flows.register import Register
from gatepass.server.flows.sign_in import SignIn
from gatepass.server.flows.sign_out import SignOut
from gatepass.server.flows.update_profile import UpdateProfile
from gatepass.server.keys.service import KeyRing
from gatepass.server.web.cookies import Cookies
from gatepass.server.web.pages.account import AccountPage
from gatepass.server.web.pages.changes import AccountChanges
from gatepass.server.web.pages.desk import Desk, PrivateHandler
from gatepass.server.web.pages.endpoint import Endpoint
from gatepass.server.web.pages.errors import error_page
from gatepass.server.web.pages.keys import KeysPage
from gatepass.server.web.pages.registration import RegistrationPage
from gatepass.server.web.pages.render import Renderer, Site
from gatepass.server.web.pages.sign_in import SignInPage
from gatepass.server.web.pages.sign_out import SignOutPage
from gatepass.server.web.pages.static import StaticFiles
from gatepass.server.web.pages.visit import Handler
from gatepass.server.web.viewers import Viewers


@dataclass(frozen=True, slots=True, kw_only=True)
class UserForms:
    """The use cases that change users of ours; a team's own users have none of them.

    Attributes:
        register: None when people may not register themselves.
        shortest: fewest characters of a new password.
    """

    register: Register | None
    update_profile: UpdateProfile
    change_password: ChangePassword
    delete_user: DeleteUser
    shortest: int


class Pages:
    """Every page of the auth server.

    Args:
        public_url: normalised; links, cookies and the same-origin rule follow from it.
        name: of the service.
        cookies, viewers: those of the API; who is signed in there is signed in here.
        session_seconds: absolute limit of a browser session; how long its cookie is kept.
        user_forms: None with a team's own users: the pages they cannot serve are off.

    Attributes:
        routes: for a router at the path of the public URL; paths are without it.
    """

    def __init__(
        self,
        *,
        public_url: str,
        name: str,
        cookies: Cookies,
        proxies: Proxies,
        viewers: Viewers,
        sign_in: SignIn,
        sign_out: SignOut,
        list_sessions: ListSessions,
        end_sessions: EndSessions,
        ring: KeyRing,
        clock: Clock,
        session_seconds: int,
        user_forms: UserForms | None = None,
    ) -> None:
        site = Site.at(public_url, name)
        static = StaticFiles(site.base)
        self._render = Renderer(site, static)
        self._desk = Desk(public_url=public_url, render=self._render, cookies=cookies, proxies=proxies, viewers=viewers)
        may_register = user_forms is not None and user_forms.register is not None
        login = SignInPage(self._desk, sign_in, session_seconds=session_seconds, register=may_register)
        logout = SignOutPage(self._desk, sign_out)
        account = AccountPage(
            self._desk, list_sessions, end_sessions, shortest=user_forms.shortest if user_forms else None
        )
        self.routes: list[BaseRoute] = [
            self._route("/", get=account.home),
            self._route("/login", get=login.show, post=login.submit, hashes=True),
            self._route("/logout", get=logout.show, post=logout.submit),
            self._private("/account", get=account.show),
            self._private("/account/sessions/end", get=account.back, post=account.end),
            self._private("/account/sessions/end-others", get=account.back, post=account.end_others),
            self._private("/account/sessions/end-all", get=account.back, post=account.end_all),
            self._route("/keys", get=KeysPage(self._desk, ring, clock).show),
            self._route("/static/{name}", get=static.serve),
        ]
        if user_forms is not None:
            self.routes += self._changing_users(account, user_forms)

    def _changing_users(self, account: AccountPage, forms: UserForms) -> list[BaseRoute]:
        changes = AccountChanges(
            self._desk,
            account,
            update_profile=forms.update_profile,
            change_password=forms.change_password,
            delete_user=forms.delete_user,
        )
        found = [
            self._private("/account/profile", get=account.back, post=changes.profile),
            self._private("/account/password", get=account.back, post=changes.password, hashes=True),
            self._private("/account/delete", get=changes.ask_delete, post=changes.delete, hashes=True),
        ]
        if forms.register is not None:
            page = RegistrationPage(self._desk, forms.register, shortest=forms.shortest)
            found.append(self._route("/register", get=page.show, post=page.submit, hashes=True))
        return found

    def refusal(self, error: Exception, *, request_id: str = "") -> Response:
        """The page for an error that happened outside of the pages, such as an unknown address."""
        return error_page(self._render, error, request_id=request_id)

    def _route(self, path: str, *, get: Handler, post: Handler | None = None, hashes: bool = False) -> BaseRoute:
        return Route(path, Endpoint(self._desk, get=get, post=post, hashes=hashes))

    def _private(
        self, path: str, *, get: PrivateHandler, post: PrivateHandler | None = None, hashes: bool = False
    ) -> BaseRoute:
        private = self._desk.private
        return self._route(path, get=private(get), post=None if post is None else private(post), hashes=hashes)


def wants_page(view: RequestView) -> bool:
    """Whether an error is better told to this client by a page than by JSON."""
    return "text/html" in (view.header("accept") or "").lower()
