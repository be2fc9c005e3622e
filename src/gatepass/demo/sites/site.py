"""The two sites of the town: the same application, because the point is not what they sell."""

from dataclasses import dataclass
from pathlib import Path

from gatepass.demo.places import Places


@dataclass(frozen=True, slots=True)
class Trade:
    """What a site deals in.

    Attributes:
        action: path of the protected action, `verb` on its button.
        scope: what a credential must cover for it.
        opening: coins in a new account; `amount`: what one action moves, under the heading `note`.
        next_door: what the partner's account is called.
    """

    name: str
    title: str
    action: str
    verb: str
    scope: str
    opening: int
    amount: int
    note: str
    next_door: str

    @property
    def session_cookie(self) -> str:
        """Name of the cookie of its sessions."""
        return f"{self.name}_session"


BANK = Trade(
    "bank", "The Bank", "/transfer", "Transfer 10 coins", "account:write", 1_000, -10, "Transfer", "retirement"
)
RETIREMENT = Trade(
    "retirement", "Retirement", "/pension", "Pay in 5 coins", "pension:write", 40_000, 5, "Contribution", "bank"
)


@dataclass(frozen=True, slots=True)
class Site:
    """One running instance of a site.

    Attributes:
        url: its public URL, which is its audience as well.
        origins: of its own pages: the URL, and a balancer's if there is one.
        partner: the site next door; `partner_origins`: of the pages that may hand visitors over.
        issuer: whose tokens count.
        instance: name of this process.
        data: folder of the site's SQLite file.
    """

    trade: Trade
    url: str
    origins: frozenset[str]
    partner: str
    partner_origins: frozenset[str]
    issuer: str
    instance: str
    data: Path


def site(instance: str, places: Places, data: Path) -> Site:
    """What the process called `instance` is: the retirement site, or an instance of the bank."""
    bank, retirement = frozenset({places.bank, places.balanced}), frozenset({places.retirement})
    if instance == "retirement":
        return Site(RETIREMENT, places.retirement, retirement, places.bank, bank, places.issuer, instance, data)
    return Site(BANK, places.bank, bank, places.retirement, retirement, places.issuer, instance, data)
