"""A whole auth server behind a real listener on loopback, and clients that talk to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from gatepass.kernel.secret import Secret
from gatepass.server.app import AuthServer
from gatepass.server.audit.events import recent
from gatepass.server.audit.model import AuditLine, Source
from gatepass.server.flows.grant_scope import GrantScope
from gatepass.server.listener import Address, Limits, running
from gatepass.server.services import OwnUsers
from gatepass.server.settings import Settings
from gatepass.server.users.model import UserSource
from tests.support.pages import OTHER_PASSWORD, PASSWORD
from tests.support.token_server import MovedClock

__all__ = ["OTHER_PASSWORD", "PASSWORD"]

NOBODY = Source(None, None)
"""Where the operator's changes come from."""
SECRET_KEY = Secret(b"the secret key of a server under test")
BANK = "https://bank.example.com"
RETIREMENT = "https://retirement.example.com"
SHOP = "https://shop.example.com"


class _Late:
    """An application that is made once its address is known."""

    app: Any

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})


@dataclass
class Live:
    """A running server.

    Attributes:
        url: its issuer.
        clock: what it takes for the time.
    """

    auth: AuthServer
    address: Address
    clock: MovedClock
    url: str = field(init=False)
    _clients: list[httpx2.AsyncClient] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.url = self.auth.issuer

    @property
    def own(self) -> OwnUsers:
        """What its own user table can do."""
        found = self.auth.services.own
        assert found is not None
        return found

    @property
    def now(self) -> int:
        return int(self.clock())

    def client(self, **headers: str) -> httpx2.AsyncClient:
        """A client with cookies of its own; it is closed with the server, if not before."""
        self._clients.append(httpx2.AsyncClient(base_url=self.address.url, headers=headers, timeout=30))
        return self._clients[-1]

    async def hang_up(self) -> None:
        """Close all clients."""
        for client in self._clients:
            await client.aclose()

    async def person(self, username: str | None = "ada", *scopes: str, **more: Any) -> str:
        """A user with `PASSWORD`, made by the operator; the `sub`."""
        values: dict[str, Any] = {"email": None, "password": PASSWORD, **more}
        user = await self.own.register.by_operator(username=username, source=NOBODY, **values)
        grant: GrantScope = self.own.grant_scope
        for scope in scopes:
            await grant(user.subject, scope, source=NOBODY)
        return user.subject

    async def audit(self, user: str | None = None) -> list[AuditLine]:
        """Audit lines, oldest first, but for those about keys."""
        found = await recent(self.auth.services.store, user=user, limit=1_000)
        return [line for line in reversed(found) if line.name != "key_created"]


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"authorization": f"Bearer {token}"}


async def tokens(client: httpx2.AsyncClient, identifier: str = "ada", **more: Any) -> dict[str, Any]:
    """Sign in for tokens."""
    answer = await client.post("/api/login", json={"identifier": identifier, "password": PASSWORD, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@asynccontextmanager
async def live(
    data: Path,
    *,
    clock: MovedClock | None = None,
    users: UserSource | None = None,
    limits: Limits | None = None,
    issuer: str | None = None,
    path: str = "",
    access_log: bool = False,
    **settings: Any,
) -> AsyncIterator[Live]:
    """A server on a free port for the length of an `async with`; its issuer is where it listens.

    Args:
        data: folder of the SQLite file.
        issuer: another public URL than that.
        path: of the issuer.
        settings: of the server.
    """
    late = _Late()
    async with running(late, limits=limits, access_log=access_log) as address:
        values: dict[str, Any] = {"data": data, "secret_key": SECRET_KEY, **settings}
        configured = Settings(issuer=issuer or address.url + path, **values)
        time = clock or MovedClock()
        async with AuthServer(configured, users=users, clock=time) as auth:
            late.app = auth
            server = Live(auth, address, time)
            try:
                yield server
            finally:
                await server.hang_up()
