"""A service with an id and a secret at a running auth server, and people signed in for it."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx2

from gatepass.server.audit.events import event
from gatepass.server.store.call import Sql
from tests.support.live import BANK, NOBODY, Live, tokens

OTHER_CLIENT = Sql("UPDATE grants SET client_id = :client WHERE sid = :sid RETURNING 1", rows=1)
OTHER_FAMILY = Sql(
    """UPDATE refresh_families SET client_id = :client
    WHERE grant_id IN (SELECT id FROM grants WHERE sid = :sid) RETURNING 1""",
    rows=1,
)


def basic(client_id: str, secret: str) -> dict[str, str]:
    """The header of `client_secret_basic` (RFC 6749 section 2.3.1)."""
    return raw_basic(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode())


def raw_basic(credentials: bytes) -> dict[str, str]:
    """The header of a Basic credential, whatever is in it."""
    return {"authorization": f"Basic {b64encode(credentials).decode()}"}


@dataclass
class Service:
    """A resource server as the auth server knows it."""

    server: Live
    client: httpx2.AsyncClient
    id: str
    secret: str

    @property
    def header(self) -> dict[str, str]:
        """How it shows who it is."""
        return basic(self.id, self.secret)

    async def ask(self, token: str, **request: Any) -> httpx2.Response:
        """Introspect a token."""
        request = {"headers": self.header, "data": {"token": token}, **request}
        return await self.client.post("/oauth/introspect", **request)

    async def good(self, token: str) -> bool:
        """Whether it is told that a token is good."""
        answer = await self.ask(token)
        assert answer.status_code == 200, answer.text
        found: bool = answer.json()["active"]
        # Of a token that is not good nothing else is told.
        assert found or answer.json() == {"active": False}
        return found

    async def removed(self) -> None:
        """The operator takes it out."""
        await self.server.auth.services.confidential.remove(self.id, now=self.server.now, source=NOBODY)


async def service(server: Live, audience: str = BANK, name: str = "Bank") -> Service:
    """A new service for a declared audience."""
    add = server.auth.services.confidential.add
    client, secret = await add(name, audience=audience, now=server.now, source=NOBODY)
    return Service(server, server.client(), client.id, secret)


async def signed_in(server: Live, username: str = "ada", *, resource: Any = BANK, **more: Any) -> dict[str, Any]:
    """A new person, and the tokens of their sign-in."""
    await server.person(username, "pension:read")
    async with server.client() as client:
        return await tokens(client, username, resource=resource, **more)


async def given_to(server: Live, sid: str, client_id: str) -> None:
    """Make the grant behind `sid` one of another client, of which there is no way to get one yet."""
    calls = [sql(client=client_id, sid=sid) for sql in (OTHER_CLIENT, OTHER_FAMILY)]
    await server.auth.services.store.write(*calls, event("user_updated", at=server.now, source=NOBODY))
