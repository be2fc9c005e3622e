"""A site's two doors, the account behind them, and its open memory.

What differs between the doors is who knows: a session is known to the process that
started it, a token to everybody it was made for.
"""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gatepass import BearerToken, BodyToken, Identity, MemoryStore, Refused, ServerSession, TokenCookie
from gatepass.demo.places import LOCAL_PASSPHRASE, NAME
from gatepass.demo.sites.ledger import Ledger
from gatepass.demo.sites.render import UNCACHED, Templates, file, inside, wants_page
from gatepass.demo.sites.site import Site
from gatepass.starlette import Gate

LONGEST_FORM, FIELDS = 8_192, 10
"""Bytes and fields; a token is the longest thing that is sent here."""

HASHES_AT_ONCE = 2
"""Each takes 16 MiB and a core for a while; who comes later waits."""

LAST_SECONDS = 1.0
"""For the browser to fetch style and script of the page that says so."""

COOKIE = "access_token"

Endpoint = Callable[[Request], Awaitable[Response]]
End = Callable[[], Awaitable[None]]


async def _end_this_process() -> None:
    await asyncio.sleep(LAST_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


class Doors:
    """The handlers of one site, and its memory.

    Args:
        site: which instance of which site.
        trust: whose tokens count, as a gate takes it; by default the site's issuer.
        end: ends this process; whoever started it starts it again.
    """

    def __init__(self, site: Site, *, trust: Any = None, end: End = _end_this_process) -> None:
        self.site = site
        self.memory = MemoryStore()
        self.sessions = ServerSession(self.memory, name=site.trade.session_cookie)
        self.cookie = TokenCookie(COOKIE)
        issuer = site.issuer if trust is None else trust
        self.gate = Gate(
            trust=issuer,
            audience=site.url,
            accept=[BearerToken(), self.cookie, self.sessions],
            origins=site.origins,
        )
        # A gate of its own: an old token in the cookie must not decide about the new one in the form.
        self.entrance = Gate(trust=issuer, audience=site.url, accept=[BodyToken("token")])
        self.ledger = Ledger(site.data / f"{site.trade.name}.db", site.trade.opening)
        self.ledger.add_user(NAME, LOCAL_PASSPHRASE)
        self.let_in = Counter[str]()
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._end = end
        self._templates = Templates(site)

    def app(self) -> Starlette:
        """The ASGI application of this instance, with an empty memory."""
        person, worker = self.gate.require(), self.gate.require(scope=self.site.trade.scope)
        own, invited = self.site.origins, self.site.origins | self.site.partner_origins
        self._recognise = person(self.recognised)
        return Starlette(
            routes=[
                Route("/", self.home),
                Route("/account", self._shown(person(self.account))),
                Route(self.site.trade.action, self._shown(worker(self.act)), methods=["POST"]),
                Route("/session/login", self._shown(_from(own, self.start_session)), methods=["POST"]),
                Route(
                    "/token/enter", self._shown(_from(invited, self.entrance.require()(self.enter))), methods=["POST"]
                ),
                Route("/leave", self._shown(_from(own, self.leave)), methods=["POST"]),
                Route("/restart", self._shown(_from(own, self.restart)), methods=["POST"]),
                Route("/memory", self.remembered),
                Route("/static/{name}", file),
            ],
            exception_handlers={HTTPException: _plain},
        )

    async def home(self, request: Request) -> Response:
        """The two doors, for those who have not come in."""
        response = await self._recognise(request)
        return response if response.status_code < 400 else self._closed(response, at_home=True)

    async def recognised(self, request: Request) -> Response:
        """Where those who have come in belong."""
        return RedirectResponse("/account", 303)

    async def start_session(self, request: Request) -> Response:
        """The first door: a password of this site's own, and a session in this process's memory."""
        form = await _form(request)
        name, stored = form.get("username", ""), self.ledger.stored(form.get("username", ""))
        async with self._hashing:
            known = await asyncio.to_thread(stored.matches, form.get("password", ""))
        if not known:
            return _refused(401, "invalid_credentials", "These do not match.")
        response = RedirectResponse("/account", 303)
        who = Identity(name, issuer=self.site.url, scopes=frozenset({self.site.trade.scope}), username=name)
        await self.sessions.start(response, who, request)
        if COOKIE in request.cookies:
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
        token = (await _form(request)).get("token")
        if token is None:  # the gate found it in JSON, which no form sends
            return _refused(415, "unsupported_media_type", "Only a form hands a token over.")
        response = RedirectResponse("/account", 303)
        try:
            self.cookie.set(response, token, max_age=who.claims["exp"] - who.claims["iat"])
        except Refused as refused:
            return _refused(refused.status, refused.code, refused.message)
        return response

    async def account(self, request: Request) -> Response:
        """The protected page: who it is, and how we know."""
        self._count(request.state.identity)
        return self._account(request)

    async def act(self, request: Request) -> Response:
        """The protected action."""
        who, trade = request.state.identity, self.site.trade
        self._count(who)
        if not self.ledger.move(who.issuer, who.subject, trade.amount, trade.note):
            return _refused(409, "not_enough_coins", "There are not enough coins left.")
        return RedirectResponse("/account", 303) if wants_page(request) else self._account(request)

    async def leave(self, request: Request) -> Response:
        """Forget the visitor here: the session ends, and the browser drops the token."""
        response = RedirectResponse("/", 303)
        await self.sessions.end(request, response)
        self.cookie.clear(response)
        return response

    async def restart(self, request: Request) -> Response:
        """End this process when the answer is out. On a real site nobody but the operator could ask for it."""
        response = self._templates.page("restart.html", self._memory(), status=202)
        response.background = BackgroundTask(self._end)
        return response

    async def remembered(self, request: Request) -> Response:
        """What this process remembers of its visitors: numbers only, for everybody to see."""
        return JSONResponse(self._memory(), headers=UNCACHED)

    def _account(self, request: Request) -> Response:
        who: Identity = request.state.identity
        account = self.ledger.account(who.issuer, who.subject)
        if wants_page(request):
            # The form that leads next door holds the token, where a script of this page could read it. The
            # policy lets in no script but ours, and who wants that closed hands over a short-lived code instead.
            token = inside(who, request.cookies[COOKIE]) if who.scheme == "cookie" else None
            return self._templates.page("account.html", self._memory(), who=who, account=account, token=token)
        facts = {
            "site": self.site.trade.name,
            "instance": self.site.instance,
            "subject": who.subject,
            "recognised_by": who.scheme,
            "balance": account.balance,
        }
        return JSONResponse(facts, headers=UNCACHED)

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
                "accounts on disk": self.ledger.accounts(),
            },
        }

    def _shown(self, endpoint: Endpoint) -> Endpoint:
        """What programs get as JSON, people get as the page with the doors and a sentence."""

        async def shown(request: Request) -> Response:
            response = await endpoint(request)
            return self._closed(response) if response.status_code >= 400 and wants_page(request) else response

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


def _from(origins: Collection[str], endpoint: Endpoint) -> Endpoint:
    """Only for pages of these origins: browsers name the origin in every POST, and no page can change it."""

    async def checked(request: Request) -> Response:
        if request.headers.getlist("origin") not in [[origin] for origin in origins]:
            return _refused(403, "cross_site_request", "This came from a page that has no business here.")
        return await endpoint(request)

    return checked


async def _form(request: Request) -> dict[str, str]:
    """The fields of a small form."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_FORM:
                raise HTTPException(413, "body_too_large")
        return dict(parse_qsl(body.decode(), max_num_fields=FIELDS))
    except (ClientDisconnect, ValueError):
        raise HTTPException(400, "malformed_request") from None


async def _plain(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    return _refused(
        problem.status_code, str(problem.detail).lower().replace(" ", "_"), "This request cannot be answered."
    )


def _refused(status: int, code: str, sentence: str) -> Response:
    return JSONResponse({"error": code, "error_description": sentence}, status, headers=UNCACHED)
