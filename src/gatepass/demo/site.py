"""One site of the town, bank or retirement: two doors, one protected account, and an open memory.

The same application twice, because the point is what differs: who knows a session
(only the process that started it) and who knows a token (everybody it was made for).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gatepass import BearerToken, Identity, MemoryStore, ServerSession, TokenCookie
from gatepass.demo.ledger import Ledger
from gatepass.demo.places import LOCAL_PASSPHRASE, NAME
from gatepass.starlette import Gate

FOLDER = Path(__file__).with_name("pages")
FILES = {"town.css": "text/css", "town.js": "text/javascript"}
TOKEN_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Trade:
    """What a site deals in.

    Attributes:
        action: path of the protected action, `verb` on its button.
        scope: what a credential must cover for it.
        opening: coins in a new account; `amount`: what one action moves.
    """

    name: str
    title: str
    action: str
    verb: str
    scope: str
    opening: int
    amount: int


BANK = Trade("bank", "The Bank", "/transfer", "Transfer 10 coins", "account:write", 1_000, -10)
RETIREMENT = Trade("retirement", "Retirement", "/pension", "Pay 5 coins in", "pension:write", 40_000, 5)


@dataclass(frozen=True, slots=True)
class Site:
    """One running instance of a site.

    Attributes:
        url: its public URL, which is its audience as well.
        partner: the site next door, which may hand visitors over.
        issuer: whose tokens count.
        origins: further addresses of the same site, such as a balancer's.
        instance: name of this process.
        data: folder of the site's SQLite file.
    """

    trade: Trade
    url: str
    partner: str
    issuer: str
    origins: tuple[str, ...]
    instance: str
    data: Path


class Doors:
    """The handlers of one site, and its memory."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.memory = MemoryStore()
        self.sessions = ServerSession(self.memory, name=f"{site.trade.name}_session")
        self.cookie = TokenCookie("access_token")
        self.gate = Gate(
            trust=site.issuer,
            audience=site.url,
            accept=[BearerToken(), self.cookie, self.sessions],
            origins=site.origins,
            login_url="/",
        )
        self.ledger = Ledger(site.data / f"{site.trade.name}.db", site.trade.opening)
        self.ledger.add_user(NAME, LOCAL_PASSPHRASE)
        self.answered = {"by session": 0, "by token": 0}
        pages = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
        self.page = pages.get_template("site.html")

    def app(self) -> Starlette:
        """The ASGI application of this instance, with an empty memory."""
        person, worker = self.gate.require(), self.gate.require(scope=self.site.trade.scope)
        return Starlette(
            routes=[
                Route("/", self.home),
                Route("/session/login", self.start_session, methods=["POST"]),
                Route("/token/enter", self.enter, methods=["POST"]),
                Route("/account", person(self.account)),
                Route(self.site.trade.action, worker(self.act), methods=["POST"]),
                Route("/leave", self.leave, methods=["POST"]),
                Route("/memory", self.remembered),
                Route("/healthz", self.health),
                Route("/{file}", self.file),
            ]
        )

    async def home(self, request: Request) -> Response:
        """The two doors."""
        return self._page(None)

    async def start_session(self, request: Request) -> Response:
        """The first door: a password of this site's own, and a session in this process's memory."""
        if not self._ours(request):
            return _refused(403, "cross_site_request")
        form = await request.form()
        name, password = str(form.get("username", "")), str(form.get("password", ""))
        if not self.ledger.knows(name, password):
            return _refused(401, "invalid_credentials")
        response = RedirectResponse("/account", 303)
        who = Identity(name, issuer=self.site.url, scopes=frozenset({self.site.trade.scope}), username=name)
        await self.sessions.start(response, who, request)
        return response

    async def enter(self, request: Request) -> Response:
        """The second door: a token, made elsewhere, becomes a cookie of this site.

        The token is not looked at here; the gate does that at every request. But only our
        own page and the site next door may hand a visitor over: anybody else could sign
        people in under a name that is not theirs.
        """
        if request.headers.get("origin") != self.site.partner and not self._ours(request):
            return _refused(403, "cross_site_request")
        token = str((await request.form()).get("token", ""))
        response = RedirectResponse("/account", 303)
        self.cookie.set(response, token, max_age=TOKEN_SECONDS)
        return response

    async def account(self, request: Request) -> Response:
        """The protected page: who it is, and how we know."""
        return self._shown(request)

    async def act(self, request: Request) -> Response:
        """The protected action."""
        who: Identity = request.state.identity
        trade = self.site.trade
        if not self.ledger.move(who.issuer, who.subject, trade.amount, trade.verb):
            return _refused(409, "not_enough_coins")
        if _wants_page(request):
            return RedirectResponse("/account", 303)
        return self._shown(request)

    async def leave(self, request: Request) -> Response:
        """Forget the visitor here: the session ends, and the browser drops the token."""
        if not self._ours(request):
            return _refused(403, "cross_site_request")
        response = RedirectResponse("/", 303)
        await self.sessions.end(request, response)
        self.cookie.clear(response)
        return response

    async def remembered(self, request: Request) -> Response:
        """What this process remembers of its visitors; live on every page."""
        return JSONResponse(self._memory(), headers={"cache-control": "no-store"})

    async def health(self, request: Request) -> Response:
        """Whether this process answers."""
        return JSONResponse({"status": "ok", "instance": self.site.instance})

    async def file(self, request: Request) -> Response:
        """Style and script of the page, from a fixed list."""
        name = request.path_params["file"]
        return FileResponse(FOLDER / name, media_type=FILES[name]) if name in FILES else _refused(404, "not_found")

    def _shown(self, request: Request) -> Response:
        who: Identity = request.state.identity
        self.answered["by session" if who.scheme == "session" else "by token"] += 1
        if _wants_page(request):
            token = request.cookies.get("access_token") if who.scheme == "cookie" else None
            return self._page(who, token)
        account = self.ledger.account(who.issuer, who.subject)
        facts = {
            "site": self.site.trade.name,
            "instance": self.site.instance,
            "subject": who.subject,
            "recognised_by": who.scheme,
            "balance": account.balance,
        }
        return JSONResponse(facts, headers={"cache-control": "no-store"})

    def _page(self, who: Identity | None, token: str | None = None) -> Response:
        site = self.site
        account = None if who is None else self.ledger.account(who.issuer, who.subject)
        hosts = f"{site.issuer} {site.partner}"
        body = self.page.render(
            site=site, trade=site.trade, who=who, account=account, token=token, memory=self._memory(), name=NAME
        )
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"connect-src 'self' {hosts}; form-action 'self' {site.partner}"
        )
        return HTMLResponse(
            body,
            headers={
                "content-security-policy": policy,
                "cache-control": "no-store",
                "referrer-policy": "strict-origin",
                "x-content-type-options": "nosniff",
            },
        )

    def _memory(self) -> dict[str, Any]:
        return {
            "instance": self.site.instance,
            "sessions in memory": len(self.memory),
            "tokens in memory": 0,
            "accounts on disk": self.ledger.accounts(),
            **{f"requests let in {how}": count for how, count in self.answered.items()},
        }

    def _ours(self, request: Request) -> bool:
        return request.headers.get("origin") in {self.site.url, *self.site.origins}


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _refused(status: int, code: str) -> Response:
    return JSONResponse({"error": code}, status, headers={"cache-control": "no-store"})
