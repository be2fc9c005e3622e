"""A site's two doors, the account behind them, and its open memory.

What differs between the doors is who knows: a session is known to the process that
started it, a token to everybody it was made for. What the site deals in is its trade's
business.
"""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gatepass import BearerToken, BodyToken, Conflict, Identity, Refused, ServerSession, TokenCookie
from gatepass.demo.sites import users
from gatepass.demo.sites.forms import UNCACHED, Endpoint, form_of, only_from, plain, refused
from gatepass.demo.sites.render import Templates, file, inside, wants_page
from gatepass.demo.sites.sessions import Sessions
from gatepass.demo.sites.site import Site
from gatepass.demo.sites.storage import open_file
from gatepass.demo.sites.trade import Action
from gatepass.starlette import Gate

HASHES_AT_ONCE = 2
"""Each takes 16 MiB and a core for a while; who comes later waits."""

LAST_SECONDS = 1.0
"""For the browser to fetch style and script of the page that says so."""

End = Callable[[], Awaitable[None]]


async def _end_this_process() -> None:
    await asyncio.sleep(LAST_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


class Doors:
    """The handlers of one site, and its memory.

    Args:
        site: which instance of which site.
        trust: whose tokens count, as a gate takes it; by default what the site says.
        end: ends this process; whoever started it starts it again.

    Attributes:
        gate: lets people in who have come through a door; `trade`: what is behind it.
    """

    def __init__(self, site: Site, *, trust: Any = None, end: End = _end_this_process) -> None:
        self.site = site
        self.memory = Sessions()
        self.sessions = ServerSession(self.memory, name=f"{site.trade.name}_session")
        self.cookie = TokenCookie()
        whose = site.trust if trust is None else {"trust": trust}
        self.gate = Gate(
            **whose,
            audience=site.url,
            accept=[BearerToken(), self.cookie, self.sessions],
            origins=site.origins,
        )
        # A gate of its own: an old token in the cookie must not decide about the new one in the form.
        self.entrance = Gate(**whose, audience=site.url, accept=[BodyToken("token")])
        self.db = open_file(site.data / f"{site.trade.name}.db", users.SCHEMA, site.trade.schema)
        self.users = users.Users(self.db)
        self.trade = site.trade(self.db)
        self.let_in = Counter[str]()
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._end = end
        self._templates = Templates(site)

    def app(self) -> Starlette:
        """The ASGI application of this instance, with an empty memory."""
        own, person = self.site.origins, self.gate.require()
        entering = self.entrance.require()(self.enter)
        self._recognise = person(self.recognised)
        app = Starlette(
            routes=[
                Route("/", self.home),
                Route("/account", self._shown(person(self.account))),
                *(self._protected(action) for action in self.trade.actions()),
                *self.trade.routes(self.gate),
                self._sent("/session/login", only_from(own, self.start_session)),
                self._sent("/token/enter", only_from(self.site.invited, entering)),
                self._sent("/leave", only_from(own, self.leave)),
                self._sent("/restart", only_from(own, self.restart)),
                Route("/memory", self.remembered),
                Route("/static/{name}", file),
            ],
            exception_handlers={HTTPException: plain},
        )
        # A slash too many is no page: leading to the right one would name the host that the request claims to be for.
        app.router.redirect_slashes = False
        return app

    async def home(self, request: Request) -> Response:
        """The two doors, for those who have not come in."""
        response = await self._recognise(request)
        return response if response.status_code < 400 else self._closed(response, at_home=True)

    async def recognised(self, request: Request) -> Response:
        """Where those who have come in belong."""
        return RedirectResponse("/account", 303)

    async def start_session(self, request: Request) -> Response:
        """The first door: a password of this site's own, and a session in this process's memory."""
        form = await form_of(request)
        name = form.get("username", "")
        stored = self.users.stored(name)
        async with self._hashing:
            known = await asyncio.to_thread(stored.matches, form.get("password", ""))
        if not known:
            return refused(401, "invalid_credentials", "These do not match.")
        response = RedirectResponse("/account", 303)
        who = Identity(name, issuer=self.site.url, scopes=frozenset({self.site.trade.scope}), username=name)
        await self.sessions.start(response, who, request)
        if self._token_in_cookie(request):
            # The gate looks at a token first; who takes this door wants to be known by the session.
            self.cookie.clear(response)
        return response

    async def enter(self, request: Request) -> Response:
        """The second door: a token, made elsewhere, becomes a cookie of this site.

        The gate has verified it. It came in the body of a form, because addresses end up in
        histories and logs. And it came from a page of our own or of the site next door:
        anybody else could sign people in under a name that is not theirs.
        """
        who: Identity = request.state.identity
        token = (await form_of(request)).get("token")
        if token is None:  # the gate found it in JSON, which no form sends
            return refused(415, "unsupported_media_type", "Only a form hands a token over.")
        response = RedirectResponse("/account", 303)
        try:
            self.cookie.set(response, token, max_age=who.claims["exp"] - who.claims["iat"])
        except Refused as problem:
            return refused(problem.status, problem.code, problem.message)
        return response

    async def account(self, request: Request) -> Response:
        """The protected page: who it is, and how we know."""
        self._count(request.state.identity)
        return self._account(request)

    async def act(self, action: Action, request: Request) -> Response:
        """A protected action."""
        who: Identity = request.state.identity
        self._count(who)
        form = await form_of(request)
        try:
            action.do(who, form)
        except (Refused, Conflict) as problem:
            if wants_page(request):
                return self._account(request, problem.message, problem.status)
            return refused(problem.status, problem.code, problem.message)
        if action.ends:
            return await self._forgotten(request)
        return RedirectResponse("/account", 303) if wants_page(request) else self._account(request)

    async def leave(self, request: Request) -> Response:
        """Forget the visitor here: the session ends, and the browser drops the token."""
        return await self._out(request, RedirectResponse("/", 303))

    async def restart(self, request: Request) -> Response:
        """End this process when the answer is out. On a real site nobody but the operator could ask for it."""
        response = self._templates.page("restart.html", self._memory(), status=202)
        response.background = BackgroundTask(self._end)
        return response

    async def remembered(self, request: Request) -> Response:
        """What this process remembers of its visitors: numbers only, for everybody to see."""
        return JSONResponse(self._memory(), headers=UNCACHED)

    def _sent(self, path: str, endpoint: Endpoint) -> Route:
        return Route(path, self._shown(endpoint), methods=["POST"])

    def _protected(self, action: Action) -> BaseRoute:
        async def act(request: Request) -> Response:
            return await self.act(action, request)

        return self._sent(action.path, self.gate.require(scope=self.site.trade.scope)(act))

    def _account(self, request: Request, problem: str | None = None, status: int = 200) -> Response:
        who: Identity = request.state.identity
        if wants_page(request):
            # The forms that lead next door hold the token, where a script of this page could read it. The
            # policy lets in no script but ours, and who wants that closed hands over a short-lived code instead.
            token = inside(who, self._token_in_cookie(request)) if who.scheme == "cookie" else None
            return self._templates.page(
                "account.html",
                self._memory(),
                status=status,
                who=who,
                token=token,
                problem=problem,
                **self.trade.shown(who),
            )
        facts = {
            "site": self.site.trade.name,
            "instance": self.site.instance,
            "subject": who.subject,
            "recognised_by": who.scheme,
        }
        return JSONResponse(facts | self.trade.facts(who), headers=UNCACHED)

    def _token_in_cookie(self, request: Request) -> str:
        return request.cookies.get(self.cookie.cookie.rule.name, "")

    async def _forgotten(self, request: Request) -> Response:
        """Somebody has deleted their account: what remembers them here ends with it."""
        self.memory.end_all(request.state.identity)
        home = RedirectResponse("/", 303) if wants_page(request) else JSONResponse({"deleted": True}, headers=UNCACHED)
        return await self._out(request, home)

    async def _out(self, request: Request, response: Response) -> Response:
        await self.sessions.end(request, response)
        self.cookie.clear(response)
        return response

    def _count(self, who: Identity) -> None:
        self.let_in["session" if who.scheme == "session" else "token"] += 1

    def _memory(self) -> dict[str, Any]:
        return {
            "instance": self.site.instance,
            "process": os.getpid(),
            "remembered": {
                "sessions in memory": len(self.memory),
                "let in by session": self.let_in["session"],
                "let in by token": self.let_in["token"],
                **self.trade.kept(),
            },
        }

    def _shown(self, endpoint: Endpoint) -> Endpoint:
        """What programs get as JSON, people get as the page with the doors and a sentence."""

        async def shown(request: Request) -> Response:
            response = await endpoint(request)
            refusal = response.status_code >= 400 and response.headers.get("content-type") == "application/json"
            return self._closed(response) if refusal and wants_page(request) else response

        return shown

    def _closed(self, response: Response, *, at_home: bool = False) -> Response:
        """The doors, and why one is in front of them."""
        refusal = json.loads(bytes(response.body))
        code = refusal.get("reason") or refusal["error"]
        if at_home and code == "credential_required":
            return self._templates.page("doors.html", self._memory(), problem=None)
        said = self._templates.problem(code, refusal["error_description"])
        page = self._templates.page("doors.html", self._memory(), problem=said, status=response.status_code)
        for name in ("www-authenticate", "retry-after"):
            if name in response.headers:
                page.headers[name] = response.headers[name]
        return page
