"""A visitor in front of one process of the demo, in memory."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx2

from gatepass.demo.places import ADA, LOCAL_PASSPHRASE, Places
from gatepass.demo.sites.doors import Doors
from gatepass.demo.sites.site import site
from gatepass.demo.sites.trade import Trade
from gatepass.testing import TestIssuer

PLACES = Places()
EVIL = "http://evil.localhost"
PAGE = {"accept": "text/html,*/*;q=0.8"}
OWN = "own"
SCOPES = "profile account:write pension:write"
MARKET_SCOPES = "profile orders:write tickets:write forum:write chat:write"


class Visitor:
    """A browser, or a program, in front of one process of a site.

    Args:
        trade: what the site deals in, when it is not what the process of that name does.

    Attributes:
        ended: how often the process was asked to end.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        issuer: TestIssuer | None,
        places: Places = PLACES,
        trade: type[Trade] | None = None,
    ) -> None:
        self.ended = 0
        here = site(name, places, folder)
        self.doors = Doors(replace(here, trade=trade or here.trade), trust=issuer, end=self._end)
        self.url = self.doors.site.url
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.doors.app()), base_url=self.url)

    async def _end(self) -> None:
        self.ended += 1

    async def get(self, path: str = "/account", **headers: str) -> httpx2.Response:
        """Look at something."""
        return await self.client.get(path, headers=headers)

    async def send(
        self,
        path: str,
        form: Mapping[str, str] | None = None,
        *,
        origin: str | None = OWN,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send a form from a page of `origin`."""
        named = {} if origin is None else {"origin": self.url if origin is OWN else origin}
        return await self.client.post(path, data=dict(form or {}), headers={**named, **(headers or {})})

    async def sign_in(
        self, password: str = LOCAL_PASSPHRASE, headers: Mapping[str, str] | None = None, name: str = ADA
    ) -> httpx2.Response:
        """Use the session door."""
        return await self.send("/session/login", {"username": name, "password": password}, headers=headers)

    async def remembered(self) -> dict[str, int]:
        """What the process remembers."""
        found: dict[str, int] = (await self.get("/memory")).json()["remembered"]
        return found


def bearer(token: str) -> dict[str, str]:
    """The header of a program with a token."""
    return {"authorization": f"Bearer {token}"}
