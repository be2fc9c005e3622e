"""Which site a process is, and what it knows of the others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatepass import Secret
from gatepass.demo.places import Places
from gatepass.demo.sites.bank import Bank
from gatepass.demo.sites.chat.trade import Chat
from gatepass.demo.sites.forum import Forum
from gatepass.demo.sites.help_desk import HelpDesk
from gatepass.demo.sites.retirement import Retirement
from gatepass.demo.sites.shop import Shop
from gatepass.demo.sites.trade import Trade

TRADES: dict[str, type[Trade]] = {
    "bank-1": Bank,
    "bank-2": Bank,
    "retirement": Retirement,
    "shop": Shop,
    "help-desk": HelpDesk,
    "forum": Forum,
    "chat": Chat,
}
"""What each process deals in."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another site, as this one links it.

    Attributes:
        url: its public URL.
        related: whether it is in the same trust group, so that one token is for both.
    """

    trade: type[Trade]
    url: str
    related: bool


@dataclass(frozen=True, slots=True)
class Site:
    """One running instance of a site.

    Attributes:
        url: its public URL, which is its audience as well.
        origins: of its own pages: the URL, and a balancer's if there is one.
        invited: of all pages that may hand visitors over: those of its trust group.
        neighbours: the other sites, those of its trust group first.
        issuer: whose tokens count; `hub`: where everything can be seen.
        shared_secret: whether tokens are HS256, with the secret in the environment.
        instance: name of this process.
        data: folder of the site's SQLite file.
    """

    trade: type[Trade]
    url: str
    origins: frozenset[str]
    invited: frozenset[str]
    neighbours: tuple[Neighbour, ...]
    issuer: str
    hub: str
    shared_secret: bool
    instance: str
    data: Path

    @property
    def trust(self) -> dict[str, Any]:
        """Whose tokens count, as arguments of a gate."""
        if self.shared_secret:
            return {"trust": Secret.env("TOWN_SECRET"), "issuer": self.issuer}
        return {"trust": self.issuer}

    @property
    def related(self) -> list[Neighbour]:
        """The other sites of its trust group."""
        return [other for other in self.neighbours if other.related]

    @property
    def others(self) -> list[Neighbour]:
        """The sites of the other trust group, which the tokens of this one are not for."""
        return [other for other in self.neighbours if not other.related]

    @property
    def resources(self) -> list[str]:
        """What a token is asked for: this site, and those of its trust group."""
        return [self.url, *(other.url for other in self.related)]

    @property
    def scope(self) -> str:
        """What such a token is to cover: who it is, and the action of each site."""
        return " ".join(["profile", self.trade.scope, *(other.trade.scope for other in self.related)])


def site(instance: str, places: Places, data: Path) -> Site:
    """What the process called `instance` is."""
    trade = TRADES[instance]
    trades = {url: TRADES[places.process(url)] for url in (*places.money, *places.market)}
    url = next(url for url, other in trades.items() if other is trade)
    group = next(group for group in (places.money, places.market) if url in group)
    neighbours = [Neighbour(other, there, there in group) for there, other in trades.items() if there != url]
    # The balancer is another address of the bank's pages.
    also = {places.bank: {places.balanced}}
    return Site(
        trade=trade,
        url=url,
        origins=frozenset({url}.union(also.get(url, ()))),
        invited=frozenset(group).union(*(also.get(one, ()) for one in group)),
        neighbours=tuple(sorted(neighbours, key=lambda other: not other.related)),
        issuer=places.issuer,
        hub=places.hub,
        shared_secret=places.shared_secret,
        instance=instance,
        data=data,
    )
