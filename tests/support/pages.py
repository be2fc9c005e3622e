"""A person with a browser that runs no scripts: opens pages, fills in their forms."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import httpx2

from gatepass.server.app import AuthServer
from gatepass.server.audit.model import Source

PASSWORD = "violet harbour 7 spoons"
OTHER_PASSWORD = "copper lantern 9 ferries"
LOOKING = {"accept": "text/html,*/*;q=0.8", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}
SENDING = {"accept": "text/html,*/*;q=0.8", "sec-fetch-mode": "navigate", "sec-fetch-site": "same-origin"}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
FORM = {"content-type": "application/x-www-form-urlencoded"}
FORMS = [
    "/login",
    "/register",
    "/logout",
    "/account/profile",
    "/account/password",
    "/account/delete",
    "/account/sessions/end",
    "/account/sessions/end-others",
    "/account/sessions/end-all",
]
"""Where the pages send what people fill in."""
VOID = frozenset({"br", "img", "input", "link", "meta"})


@dataclass
class Element:
    """One element of a page, with all the text in it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    inside: list["Element"] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        """The elements in it with this tag and these attributes, in order."""
        return [one for one in self._walk() if one.tag == tag and attributes.items() <= one.attributes.items()]

    def one(self, tag: str, **attributes: str) -> "Element":
        """The only such element."""
        (found,) = self.all(tag, **attributes)
        return found

    def _walk(self) -> Iterator["Element"]:
        for one in self.inside:
            yield one
            yield from one._walk()


class Reader(HTMLParser):
    """Reads a page into elements; complains about a tag that is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(text)
        self.close()
        assert self._open == [self.root], f"not closed: {self._open[-1].tag}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"an attribute comes twice: {tag} {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in VOID and tag != "path":
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        closed = self._open.pop()
        assert closed.tag == tag, f"{closed.tag} closed by {tag}"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data


class Page:
    """An answer that a browser shows."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.location = answer.headers.get("location")
        self.headers = answer.headers
        self.html = Reader(answer.text).root

    @property
    def title(self) -> str:
        """The first heading."""
        return self.html.one("h1").text

    @property
    def problems(self) -> list[str]:
        """What the page says was wrong."""
        return [item.text for alert in self.html.all("div", role="alert") for item in alert.all("li")]

    @property
    def lead(self) -> str:
        """The sentence below the first heading."""
        return self.html.all("p", **{"class": "lead"})[0].text

    @property
    def notice(self) -> str:
        """What the page says has been done."""
        return self.html.one("div", role="status").text

    def field(self, name: str) -> Element:
        """The visible input with this name."""
        (found,) = [one for one in self.html.all("input", name=name) if "hidden" not in one.attributes]
        return found

    def form(self, action: str) -> dict[str, str]:
        """Names and values of the first form that is sent to `action`, as the browser would send it untouched."""
        form = self.html.all("form", action=action, method="post")[0]
        return {one.attributes["name"]: one.attributes.get("value", "") for one in form.all("input")}


class Person:
    """One browser profile on one address.

    Attributes:
        page: what it shows.
    """

    page: Page

    def __init__(self, auth: AuthServer, *, address: str = "203.0.113.7", agent: str = FIREFOX) -> None:
        origin = "/".join(auth.issuer.split("/")[:3])
        self.base = auth.issuer.removeprefix(origin)
        transport = httpx2.ASGITransport(app=auth, client=(address, 40_000))
        self.client = httpx2.AsyncClient(transport=transport, base_url=origin, headers={"user-agent": agent})

    async def open(self, path: str) -> Page:
        """Go to an address and follow redirects, as a person who types it."""
        answer = await self.client.get(path, headers=LOOKING)
        while answer.is_redirect:
            answer = await self.client.get(answer.headers["location"], headers=LOOKING)
        self.page = Page(answer)
        return self.page

    async def send(self, action: str, **typed: str) -> Page:
        """Fill in a form of the shown page and send it; redirects are not followed.

        Only fields that the form has can be filled in.
        """
        fields = self.page.form(self.base + action)
        assert typed.keys() <= fields.keys(), f"{action} has {sorted(fields)}"
        return await self.post(action, **{**fields, **typed})

    async def post(self, action: str, **fields: str) -> Page:
        """Send fields to an address, as one of our own pages does, whether or not it has such a form."""
        body = urlencode(fields)  # a browser names the type of an empty form, too
        self.page = Page(await self.client.post(self.base + action, content=body, headers={**SENDING, **FORM}))
        return self.page

    async def follow(self) -> Page:
        """Go where the answer points."""
        assert self.page.location is not None
        return await self.open(self.page.location)

    async def sign_in(self, identifier: str = "ada", password: str = PASSWORD) -> Page:
        """Sign in and look at the account."""
        await self.open(f"{self.base}/login")
        await self.send("/login", identifier=identifier, password=password)
        return await self.follow()

    def cookie(self, name: str) -> str | None:
        """The value of a cookie that the browser holds."""
        return self.client.cookies.get(name)


async def registered(auth: AuthServer, username: str = "ada", **more: Any) -> str:
    """A user made by the operator; the `sub`."""
    own = auth.services.own
    assert own is not None
    values: dict[str, Any] = {"email": None, "password": PASSWORD, **more}
    user = await own.register.by_operator(username=username, source=Source(None, None), **values)
    return user.subject
