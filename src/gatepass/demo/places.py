"""Where everything is, and who lives there."""

from dataclasses import dataclass
from urllib.parse import urlsplit

ADA, BEN = "ada", "ben"
NAME = ADA
PASSPHRASE = "my engine weaves algebra"  # noqa: S105 - known to everybody who runs the demo
"""Of the Gatepass accounts of both; they are made when the town starts."""

LOCAL_PASSPHRASE = "looms before numbers"  # noqa: S105 - as above
"""Each site's own table of users has them as well, as classic applications do."""

HUB = 80
"""The hub's port comes so far after the first: 8080 after 8000."""


@dataclass(frozen=True, slots=True)
class Places:
    """The addresses of one town.

    The names end in `.localhost`, which is this machine by definition (RFC 6761 section
    6.3): browsers treat them as different sites.

    Args:
        first: port of the auth server; the others follow it.
        https: everything is served over TLS, with certificates of a local authority.
        shared_secret: tokens are HS256 with one secret that all sites hold, instead of
            signatures that anybody can check and the auth server alone can make.
    """

    first: int = 8000
    https: bool = False
    shared_secret: bool = False

    def _url(self, host: str, process: str) -> str:
        return f"{'https' if self.https else 'http'}://{host}:{self.ports[process]}"

    @property
    def issuer(self) -> str:
        """The auth server."""
        return self._url("id.localhost", "id")

    @property
    def bank(self) -> str:
        """The bank; its audience, too, as with all that follow."""
        return self._url("bank.localhost", "bank-1")

    @property
    def retirement(self) -> str:
        """The retirement site."""
        return self._url("retirement.localhost", "retirement")

    @property
    def balanced(self) -> str:
        """The balancer in front of both instances of the bank."""
        return self._url("bank.localhost", "balancer")

    @property
    def shop(self) -> str:
        """The shop."""
        return self._url("shop.localhost", "shop")

    @property
    def help_desk(self) -> str:
        """The help desk."""
        return self._url("help.localhost", "help-desk")

    @property
    def forum(self) -> str:
        """The forum."""
        return self._url("forum.localhost", "forum")

    @property
    def chat(self) -> str:
        """The chat."""
        return self._url("chat.localhost", "chat")

    @property
    def hub(self) -> str:
        """Where everything can be seen."""
        return self._url("localhost", "hub")

    @property
    def money(self) -> tuple[str, ...]:
        """Bank and retirement site: one trust group, so a token may be for both."""
        return (self.bank, self.retirement)

    @property
    def market(self) -> tuple[str, ...]:
        """Shop, help desk, forum and chat: the other trust group."""
        return (self.shop, self.help_desk, self.forum, self.chat)

    @property
    def ports(self) -> dict[str, int]:
        """Port by process. `bank-1` answers at the bank's own address."""
        names = ("id", "bank-1", "retirement", "balancer", "bank-2", "shop", "help-desk", "forum", "chat")
        return {name: self.first + offset for offset, name in enumerate(names)} | {"hub": self.first + HUB}

    def process(self, url: str) -> str:
        """Name of the process that answers at `url`."""
        port = urlsplit(url).port
        return next((name for name, number in self.ports.items() if number == port), "")
