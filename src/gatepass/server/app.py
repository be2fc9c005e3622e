"""`AuthServer`: the whole auth server as one ASGI application.

    auth = AuthServer(Settings(issuer="https://app.example.com/auth"))
    app = FastAPI(lifespan=auth.lifespan)
    auth.attach(app, "/auth")
    gate = Gate(trust=auth, audience="https://app.example.com")

Nothing is opened when it is made: the database opens with the lifespan, or with the
first request in an application that has none.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from gatepass.gate import Identity, Strategy
from gatepass.gate.wire import send_answer
from gatepass.http.urls import public_url
from gatepass.http.view import RequestView
from gatepass.jose import KeySet
from gatepass.kernel import clock as clocks
from gatepass.kernel.clock import Clock
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.server.audit.record import Record
from gatepass.server.metrics import Metrics
from gatepass.server.secret_file import master_secret
from gatepass.server.services import Services, compose
from gatepass.server.settings import Settings, load
from gatepass.server.store import Store, open_store
from gatepass.server.users.foreign import ForeignUsers
from gatepass.server.users.model import UserSource
from gatepass.server.watching import watched
from gatepass.server.web.exchange import failure_answer, log_failure
from gatepass.server.web.published import METADATA_PATH
from gatepass.server.web.site import Web, build_web


class AuthServer:
    """Users, sessions and tokens behind one issuer URL. An ASGI application.

    Args:
        settings: what to run with; read from `gatepass.toml` and the environment unless given.
        users: a team's own user table; ours unless given. What only our table can serve
            (registering, changing passwords, deleting accounts) is off then.
        clock: seconds since the epoch.

    Attributes:
        issuer: `iss` of every token, and where links point to.
        session_strategy: recognises people by this server's session cookie, for a gate.

    Raises:
        Misuse: the settings contradict each other, or `users` is no user table.
    """

    def __init__(
        self, settings: Settings | None = None, *, users: UserSource | None = None, clock: Clock = clocks.now
    ) -> None:
        self.settings = settings if settings is not None else load().settings
        self.issuer = public_url(self.settings.public_url)
        self.session_strategy: Strategy = _SessionStrategy(self)
        self._path = urlsplit(self.issuer).path
        self._users = None if users is None else ForeignUsers(users)
        self._clock = clock
        self._opening = asyncio.Lock()
        self._services: Services | None = None
        self._store: Store | None = None
        self._web: Web | None = None
        self._watching: AsyncExitStack | None = None

    @property
    def services(self) -> Services:
        """The use cases, for the command line and for tests.

        Raises:
            Misuse: the server is not open.
        """
        if self._services is None:
            raise Misuse("The AuthServer is not open; use `async with auth:` or its lifespan.")
        return self._services

    async def open(self) -> None:
        """Open the database, bring its schema up to date, and have signing keys. Opening twice does nothing.

        Raises:
            Misuse: database, secret key or settings are wrong; the message says which.
            Unavailable: the database does not answer.
        """
        async with self._opening:
            if self._services is not None:
                return
            metrics = Metrics()
            store = open_store(self.settings.database_url, clock=self._clock, watch=Record(metrics))
            services = compose(
                self.settings,
                store,
                master_secret(self.settings),
                metrics=metrics,
                issuer=self.issuer,
                users=self._users,
                clock=self._clock,
            )
            await store.open()
            try:
                await services.open()
                web = build_web(self, services, clock=self._clock)
                self._watching = await watched(self.settings, web.watch)
                self._web = web
            except BaseException:
                await services.close()
                await store.close()
                raise
            services.housekeeping.start()
            self._store, self._services = store, services

    async def close(self) -> None:
        """Finish what was accepted and let go. Closing twice does nothing."""
        async with self._opening:
            services, store, watching = self._services, self._store, self._watching
            self._services = self._store = self._web = self._watching = None
            if watching is not None:
                await watching.aclose()
            if services is not None and store is not None:
                await services.close()
                await store.close()

    async def __aenter__(self) -> "AuthServer":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def lifespan(self, app: Any = None) -> AsyncIterator[None]:
        """A lifespan for the application this server is attached to; `app` is not looked at."""
        async with self:
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The pages and the API, as ASGI."""
        if scope["type"] == "lifespan":
            await Starlette(lifespan=self.lifespan)(scope, receive, send)
            return
        try:
            web = await self._opened()
        except GatepassError as error:
            log_failure(error, scope)
            await send_answer(failure_answer(error, scope), scope, send)
            return
        mounted = bool(self._path) and scope.get("root_path", "").endswith(self._path)
        await (web.app if mounted else web.root)(scope, receive, send)

    def attach(self, app: Starlette, path: str) -> None:
        """Mount this server into a Starlette or FastAPI application, with its well-known documents.

        Args:
            app: give it `lifespan=auth.lifespan`, else the database opens with the first request
                and is closed by nobody.
            path: where; it must be the path of the issuer URL.

        Raises:
            Misuse: the issuer has another path, so links and cookies would point elsewhere.
        """
        if path.rstrip("/") != self._path:
            raise Misuse(f"The issuer {self.issuer} must be attached at {self._path or '/'}, not at {path}.")
        routes = app.router.routes
        if self._path:
            # RFC 8414 section 3.1 puts the metadata at the root of the host, outside of any mount. The
            # path without its slash is outside as well, and the host's own redirect would repeat `Host`.
            routes += [Route(METADATA_PATH + self._path, self), Route(self._path, self)]
        routes.append(Mount(self._path, app=self))

    async def gate_keys(self) -> KeySet:
        """The public keys that verify this server's access tokens, for a gate in this process.

        Raises:
            Unavailable: the database does not answer.
        """
        await self._opened()
        return await self.services.ring.key_set()

    async def is_live(self, identity: Identity, /) -> bool:
        """Whether session and user behind `identity` still stand.

        Raises:
            Unavailable: the database does not answer.
        """
        return await (await self._opened()).viewers.is_live(identity)

    async def viewer(self, view: RequestView) -> Identity | None:
        """Who the session cookie of `view` names (see `session_strategy`)."""
        return await (await self._opened()).viewers(view)

    async def _opened(self) -> Web:
        if self._web is None:
            await self.open()
        if self._web is None:
            raise Misuse("The AuthServer was closed while a request was under way.")
        self.services.housekeeping.start()
        return self._web


class _SessionStrategy:
    """The session cookie as a gate's strategy; opens the server when it is first asked."""

    scheme = "session"

    def __init__(self, auth: AuthServer) -> None:
        self._auth = auth

    async def __call__(self, request: RequestView, /) -> Identity | None:
        return await self._auth.viewer(request)
