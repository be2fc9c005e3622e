"""The requests of the story."""

from collections.abc import Callable, Iterable
from operator import attrgetter

from gatepass.demo.places import ADA, LOCAL_PASSPHRASE, PASSPHRASE, Places
from gatepass.demo.story.acts import Ask
from gatepass.demo.story.browser import YOU, Request
from gatepass.demo.story.visit import Visit

Where = Callable[[Places], str]
"""Picks an address of the town."""

BANK: Where = attrgetter("bank")
RETIREMENT: Where = attrgetter("retirement")
BALANCED: Where = attrgetter("balanced")
SHOP: Where = attrgetter("shop")
HELP_DESK: Where = attrgetter("help_desk")
FORUM: Where = attrgetter("forum")
CHAT: Where = attrgetter("chat")
HUB: Where = attrgetter("hub")
ISSUER: Where = attrgetter("issuer")

TOWN_SECRET, SHARED_BY = "TOWN_SECRET", "town"
"""Where a town keeps the secret that its servers share, if they do, and what the auth server calls it."""

MONEY: Callable[[Places], tuple[str, ...]] = attrgetter("money")
MARKET: Callable[[Places], tuple[str, ...]] = attrgetter("market")
MONEY_SCOPES = "profile account:write pension:write"
MARKET_SCOPES = "profile orders:write tickets:write forum:write chat:write"


def page(where: Where, path: str = "/") -> Where:
    """The address of a page."""
    return lambda places: where(places) + path


INSPECTOR: Where = page(HUB, "/inspector")


def elsewhere(places: Places) -> str:
    """A site that is not of this town."""
    return f"{'https' if places.https else 'http'}://evil.localhost"


def published(who: str = YOU) -> Ask:
    """The public keys of the auth server."""
    return lambda visit: Request("GET", f"{visit.places.issuer}/.well-known/jwks.json", cookies=False, who=who)


def form(where: Where, path: str, *, origin: Where | None = None, **fields: str) -> Ask:
    """A form of a page, of the same site unless another `origin` is named."""

    def ask(visit: Visit) -> Request:
        headers = (("Origin", (origin or where)(visit.places)),)
        return Request("POST", where(visit.places) + path, headers, form=fields)

    return ask


def opens(where: Where, path: str = "/account") -> Ask:
    """An address, with the cookies that the browser has for it."""
    return lambda visit: Request("GET", where(visit.places) + path)


def session_at(where: Where) -> Ask:
    """Ada, at the session door of a site."""
    return form(where, "/session/login", username=ADA, password=LOCAL_PASSPHRASE)


def sign_in(
    audiences: Callable[[Places], Iterable[str]],
    scope: str,
    *,
    name: Callable[[Visit], str] = lambda visit: ADA,
    password: str = PASSPHRASE,
    who: str = YOU,
) -> Ask:
    """A sign-in at the auth server, for a token that is for `audiences`."""

    def ask(visit: Visit) -> Request:
        resource = [*audiences(visit.places)]
        body = {"identifier": name(visit), "password": password, "resource": resource, "scope": scope}
        return Request("POST", f"{visit.places.issuer}/api/login", json=body, cookies=False, who=who)

    return ask


def for_money(visit: Visit) -> Request:
    """Ada signs in for the bank and the retirement site."""
    return sign_in(MONEY, MONEY_SCOPES)(visit)


def for_market(visit: Visit) -> Request:
    """Ada signs in for shop, help desk, forum and chat."""
    return sign_in(MARKET, MARKET_SCOPES)(visit)


def shows(
    where: Where, path: str = "/account", *, token: Callable[[Visit], str] = attrgetter("access"), who: str = YOU
) -> Ask:
    """The token, in the Authorization header."""

    def ask(visit: Visit) -> Request:
        headers = (("Authorization", f"Bearer {token(visit)}"),)
        return Request("GET", where(visit.places) + path, headers, cookies=False, who=who)

    return ask


def does_with(
    where: Where, path: str, token: Callable[[Visit], str] = attrgetter("access"), *, who: str = YOU, **fields: str
) -> Ask:
    """A form, sent by a program that shows the token in the Authorization header."""

    def ask(visit: Visit) -> Request:
        headers = (("Authorization", f"Bearer {token(visit)}"),)
        return Request("POST", where(visit.places) + path, headers, form=fields, cookies=False, who=who)

    return ask


def kept(name: str) -> Callable[[Visit], str]:
    """What was kept under this name."""
    return lambda visit: visit.kept[name]
