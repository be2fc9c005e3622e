"""Where everything is, and who lives there."""

from dataclasses import dataclass
from urllib.parse import urlsplit

NAME = "ada"
PASSPHRASE = "my engine weaves algebra"  # noqa: S105 - known to everybody who runs the demo
"""Of the Gatepass account; the walk registers it."""

LOCAL_PASSPHRASE = "looms before numbers"  # noqa: S105 - as above
"""Each site's own table of users has her as well, as classic applications do."""


@dataclass(frozen=True, slots=True)
class Places:
    """The addresses of one town.

    The names end in `.localhost`, which is this machine by definition (RFC 6761 section
    6.3): browsers treat them as three different sites.

    Args:
        first: port of the auth server; the others follow it.
    """

    first: int = 8000

    @property
    def issuer(self) -> str:
        """The auth server."""
        return f"http://id.localhost:{self.first}"

    @property
    def bank(self) -> str:
        """The bank; its audience, too."""
        return f"http://bank.localhost:{self.first + 1}"

    @property
    def retirement(self) -> str:
        """The retirement site; its audience, too."""
        return f"http://retirement.localhost:{self.first + 2}"

    @property
    def balanced(self) -> str:
        """The balancer in front of both instances of the bank."""
        return f"http://bank.localhost:{self.first + 3}"

    @property
    def ports(self) -> dict[str, int]:
        """Port by process. `bank-1` answers at the bank's own address."""
        names = ("id", "bank-1", "retirement", "balancer", "bank-2")
        return {name: self.first + offset for offset, name in enumerate(names)}

    def process(self, url: str) -> str:
        """Name of the process that answers at `url`."""
        port = urlsplit(url).port
        return next((name for name, number in self.ports.items() if number == port), "")
