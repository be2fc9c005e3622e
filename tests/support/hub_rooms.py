"""The hub's inspector and lab without the rest of the town, with an issuer for tests in the auth server's place."""

from collections.abc import Callable, Mapping

import httpx2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from gatepass.demo import clock
from gatepass.demo.hub import inspector, lab
from gatepass.demo.hub.auth_server import AuthServer
from gatepass.demo.hub.frame import Frame, OwnOnly, static
from gatepass.demo.places import Places
from gatepass.jose import KeySet
from gatepass.testing import TestIssuer
from tests.support.pages import Element, Reader


class Signing:
    """Signs in the name of the town's auth server; `keys` may be asked for as there."""

    def __init__(self, places: Places, now: Callable[[], float] = clock.now) -> None:
        self._places = places
        self.issuer = TestIssuer(places.issuer, clock=now)

    def keys(self) -> KeySet:
        """Its public keys."""
        return KeySet.from_jwks(self.issuer.keys.jwks())

    def token(self, audience: str) -> str:
        """A token of Ada's."""
        return self.issuer.token(audience=audience, subject="ada-1", scope="account:write")


def rooms(places: Places, signing: AuthServer, now: Callable[[], float] = clock.now) -> Starlette:
    """Both pages, guarded as in the hub."""
    frame = Frame(places)
    pages = [*inspector.routes(frame, signing, now), *lab.routes(frame, now)]
    return Starlette(
        routes=[*pages, Route("/static/{name}", static)], middleware=[Middleware(OwnOnly, origin=places.hub)]
    )


class Visitor:
    """A browser in front of them, in memory."""

    def __init__(self, app: Starlette, places: Places) -> None:
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=places.hub)
        self._own = {"origin": places.hub}

    async def get(self, path: str = "/inspector", **headers: str) -> httpx2.Response:
        """Look at a page."""
        return await self.client.get(path, headers=headers)

    async def post(self, path: str = "/inspector", form: Mapping[str, str] | None = None) -> httpx2.Response:
        """Send a form of a page of the hub."""
        return await self.client.post(path, data=dict(form or {}), headers=self._own)


class Shown:
    """What a page of the inspector shows."""

    def __init__(self, page: str) -> None:
        self.html = Reader(page).root

    def _marked(self, tag: str, mark: str) -> list[Element]:
        return [one for one in self.html.all(tag) if mark in one.attributes]

    @property
    def findings(self) -> list[tuple[str, str, str]]:
        """Id, severity and words of each finding."""
        return [
            (one.attributes["data-finding"], one.attributes["data-severity"], words(one))
            for one in self._marked("li", "data-finding")
        ]

    def checks(self, tag: str = "li") -> list[tuple[str, str, str]]:
        """Id, outcome and words of each check; `tr`: after the change."""
        return [
            (one.attributes["data-check"], one.attributes["data-outcome"], words(one))
            for one in self._marked(tag, "data-check")
        ]

    @property
    def fallen(self) -> list[str]:
        """The checks that the change made a difference to."""
        return [one.attributes["data-check"] for one in self.html.all("tr", **{"class": "falls"})]

    @property
    def verdicts(self) -> list[str]:
        """Of the token and, where it was changed, of what was made of it."""
        return [one.attributes["data-verdict"] for one in self._marked("p", "data-verdict")]

    @property
    def fields(self) -> dict[str, str]:
        """Value of each field by name, as a browser would send the form untouched."""
        inputs = [one.attributes for one in self.html.all("input")]
        sent = {one["name"]: one.get("value", "") for one in inputs if one.get("type") != "radio" or "checked" in one}
        return sent | {one.attributes["name"]: one.text.removeprefix("\n") for one in self.html.all("textarea")}

    def says(self, name: str) -> str:
        """The sentence about a field."""
        return self.html.one("p", id=f"{name}-says").text


def words(element: Element) -> str:
    """All the text in an element, in one line."""
    return " ".join(element.text.split())
