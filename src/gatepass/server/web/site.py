"""The HTTP face of one auth server: pages, API and public documents as one ASGI application."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatepass.gate import BearerToken, Gate
from gatepass.gate.trust import AuthServerHere
from gatepass.http.proxies import Proxies
from gatepass.http.refusals import NotFound, RequestRefused
from gatepass.http.view import RequestView
from gatepass.kernel.clock import Clock
from gatepass.kernel.errors import GatepassError
from gatepass.server.oauth.credentials import METHODS
from gatepass.server.services import Services
from gatepass.server.settings import Settings
from gatepass.server.web.api.accounts import AccountApi, MeApi
from gatepass.server.web.api.operation import Operation, routes
from gatepass.server.web.api.sessions import SessionApi
from gatepass.server.web.api.tokens import TokenApi
from gatepass.server.web.cookies import Cookies
from gatepass.server.web.exchange import failure_answer, log_failure, request_id, to_response
from gatepass.server.web.figures import Counted, metrics_page
from gatepass.server.web.oauth import INTROSPECTION_PATH, REVOCATION_PATH, OAuthApi
from gatepass.server.web.openapi import document
from gatepass.server.web.pages.pages import Pages, UserForms, wants_page
from gatepass.server.web.published import JWKS_PATH, Published
from gatepass.server.web.viewers import Viewers
from gatepass.tokens.metadata import ServerMetadata
from gatepass.version import __version__

HSTS = (b"strict-transport-security", b"max-age=31536000")
"""A year, in seconds."""


class Face(AuthServerHere, Protocol):
    """What the web needs of the server it belongs to."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class Web:
    """What an open server answers with.

    Attributes:
        app: everything below the issuer's path, for a mount that cuts that path off.
        root: the same for a server that nobody mounts: paths are as the client sent them.
        viewers: recognises people by the session cookie.
        watch: figures and health, for an address of their own.
    """

    app: ASGIApp
    root: ASGIApp
    viewers: Viewers
    watch: ASGIApp


def build_web(server: Face, services: Services, *, clock: Clock) -> Web:
    """Put the web together; no I/O happens here."""
    settings = server.settings
    cookies = Cookies.at(server.issuer)
    proxies = Proxies(settings.proxy)
    viewers = Viewers(
        services.sessions,
        services.users,
        issuer=server.issuer,
        cookie=cookies.session,
        proxies=proxies,
        clock=clock,
    )
    operations = _operations(services, viewers, cookies, open_registration=settings.registration == "open")
    gate = Gate(
        trust=server,
        audience=server.issuer,
        url=server.issuer,
        accept=[BearerToken(), server.session_strategy],
        clock=clock,
    )
    published = Published(
        services.ring,
        services.status_lists,
        _metadata(server),
        check=services.check,
        figures=metrics_page(services.metrics, settings.metrics_token),
        describe=lambda: document(
            operations, issuer=server.issuer, name=settings.name, version=__version__, cookie=cookies.session.name
        ),
    )
    pages = Pages(
        public_url=server.issuer,
        name=settings.name,
        cookies=cookies,
        proxies=proxies,
        viewers=viewers,
        sign_in=services.sign_in,
        sign_out=services.sign_out,
        list_sessions=services.list_sessions,
        end_sessions=services.end_sessions,
        ring=services.ring,
        clock=clock,
        session_seconds=settings.session_absolute,
        user_forms=_user_forms(services, settings),
    )
    api = routes(operations, gate, proxies, settings.origins)
    found = [*api, *published.routes(), *pages.routes]
    if settings.metrics_token is not None and settings.metrics_listen is None:
        found.append(published.figures_route())
    app: ASGIApp = _Application(found, pages)
    if server.issuer.startswith("https:"):
        app = _StrictTransport(app)
    outside = _unmounted(app, urlsplit(server.issuer).path, published)
    return Web(
        app=Counted(app, found, services.metrics),
        root=Counted(_Application(outside, pages) if outside else app, [*found, *outside], services.metrics),
        viewers=viewers,
        watch=_Application(published.watch_routes(), pages),
    )


def _unmounted(app: ASGIApp, issuer_path: str, published: Published) -> list[BaseRoute]:
    """Routes for `app` below the issuer's path; also at the root, for a proxy that cuts the path off itself."""
    if not issuer_path:
        return []

    async def front_door(request: Request) -> Response:
        return RedirectResponse(f"{issuer_path}/", 308)

    return [
        *published.root_routes(issuer_path),
        Route(issuer_path, front_door),
        Mount(issuer_path, app),
        Mount("", app),
    ]


def _operations(services: Services, viewers: Viewers, cookies: Cookies, *, open_registration: bool) -> list[Operation]:
    tokens = TokenApi(viewers, cookies, sign_in=services.sign_in, refresh=services.refresh, sign_out=services.sign_out)
    sessions = SessionApi(viewers, cookies, list_sessions=services.list_sessions, end_sessions=services.end_sessions)
    oauth = OAuthApi(services.revocation, services.introspection)
    found = [*tokens.operations(), *MeApi(services.users).operations(), *sessions.operations(), *oauth.operations()]
    if services.own is not None:
        own = services.own
        found += AccountApi(
            viewers,
            cookies,
            register=own.register,
            update_profile=own.update_profile,
            change_password=own.change_password,
            delete_user=own.delete_user,
            open_registration=open_registration,
        ).operations()
    return found


def _user_forms(services: Services, settings: Settings) -> UserForms | None:
    own = services.own
    if own is None:
        return None
    return UserForms(
        register=own.register if settings.registration == "open" else None,
        update_profile=own.update_profile,
        change_password=own.change_password,
        delete_user=own.delete_user,
        shortest=settings.password_min_length,
    )


def _metadata(server: Face) -> ServerMetadata:
    """Only what this server does is told (RFC 8414 section 2)."""
    base = server.issuer.rstrip("/")
    return ServerMetadata(
        issuer=server.issuer,
        jwks_uri=base + JWKS_PATH,
        response_types_supported=[],
        grant_types_supported=[],
        scopes_supported=list(server.settings.default_scopes),
        revocation_endpoint=base + REVOCATION_PATH,
        revocation_endpoint_auth_methods_supported=["none", *METHODS],
        introspection_endpoint=base + INTROSPECTION_PATH,
        introspection_endpoint_auth_methods_supported=list(METHODS),
    )


class _Application:
    """Routes, and an answer of ours for what the router refuses and for what goes wrong in a route.

    Starlette's own application does the same in three layers, which cost more than a fifth of a small request.
    """

    def __init__(self, found: Sequence[BaseRoute], pages: Pages) -> None:
        # Starlette would put the Host of the request into the Location of a redirect to or from a slash.
        self._router = Router(found, redirect_slashes=False)
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # With an application in the scope the router raises what it refuses; the handlers of another
        # application, which this one is mounted in, are not asked.
        scope["app"], scope["starlette.exception_handlers"] = self, ({}, {})
        started = False

        async def note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._router(scope, receive, note)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            await self._refuse(error, scope)(scope, receive, send)
            if not isinstance(error, HTTPException):
                raise

    def _refuse(self, error: Exception, scope: Scope) -> Response:
        if isinstance(error, HTTPException):
            error = _in_our_words(error)
        else:
            log_failure(error, scope)
        if wants_page(RequestView.from_scope(scope)):
            return self._pages.refusal(error, request_id=request_id(scope))
        return to_response(failure_answer(error, scope))


def _in_our_words(error: HTTPException) -> GatepassError:
    """What Starlette's router refuses: an unknown path, or a method that a known one has not."""
    if error.status_code != 405:
        return NotFound("not_found")
    allow = (error.headers or {}).get("Allow", "")
    return RequestRefused("method_not_allowed", allow=[method.strip() for method in allow.split(",")])


class _StrictTransport:
    """Adds the promise that this host speaks https only (RFC 6797), where it does.

    Subdomains are not promised for: whether they speak https is not ours to say.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def promise(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), HSTS]}
            await send(message)

        await self._app(scope, receive, promise)
