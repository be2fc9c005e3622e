"""What each process of the town is told, through its environment: settings, and the secrets that it needs."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path

from gatepass.demo.certificates.tls import Tls
from gatepass.demo.places import Places

SECRET, METRICS_TOKEN = "TOWN_SECRET", "TOWN_METRICS_TOKEN"
SCOPES = "profile email account:write pension:write orders:write tickets:write forum:write chat:write"
NOT_INHERITED = ("GATEPASS_", "TOWN_")
GLIBC = {"MALLOC_MMAP_THRESHOLD_": "131072"}
"""The 19 MB that it takes to hash a password go back to the system at once (mallopt(3): a value that is set stays)."""


class Told:
    """The environments of a town's processes.

    Args:
        places: where everything is.
        folder: of the town's data.
        inherited: what the parent of all has itself.
    """

    def __init__(self, places: Places, folder: Path, inherited: Mapping[str, str] = os.environ) -> None:
        self._places = places
        self._folder = folder
        own = {name: value for name, value in inherited.items() if not name.startswith(NOT_INHERITED)}
        self._inherited = GLIBC | own
        self._secret = _random()
        self._metrics_token = _random()

    def visitor(self) -> dict[str, str]:
        """What who visits the town has to know: whose certificates count, and what all of this town share."""
        found = {}
        if self._places.https:
            # This variable replaces the authorities that OpenSSL trusts; nobody in the town asks anybody else.
            found["SSL_CERT_FILE"] = str(Tls.within(self._folder).authority)
        if self._places.shared_secret:
            found[SECRET] = self._secret
        return found

    def process(self, name: str) -> dict[str, str]:
        """The environment of one process."""
        if name == "id":
            return self.operator()
        if name == "balancer":
            return self._inherited  # it verifies nothing, so it knows nothing
        found = self._inherited | self.visitor()
        if name == "hub":
            # It shows what an operator sees, and lets the steps of the story run an operator's commands.
            return found | self._settings() | {METRICS_TOKEN: self._metrics_token}
        return found

    def operator(self) -> dict[str, str]:
        """The environment of the auth server, and of its commands."""
        return self._inherited | self._settings()

    def _settings(self) -> dict[str, str]:
        """Of the auth server, as an operator would write them."""
        places = self._places
        found = {
            "GATEPASS_ISSUER": places.issuer,
            "GATEPASS_PORT": str(places.ports["id"]),
            "GATEPASS_DATA": str(self._folder / "id"),
            "GATEPASS_NAME": "Gatepass demo",
            # A token may be for all services of one group at once, and never for two groups.
            "GATEPASS_AUDIENCES": ",".join(f"{group}={url}" for group, url in self._audiences()),
            # Their pages call the API, so the browser asks whether they may (CORS).
            "GATEPASS_ORIGINS": ",".join((*places.money, places.balanced, *places.market, places.hub)),
            # In this town everybody may do what the story does.
            "GATEPASS_DEFAULT_SCOPES": SCOPES,
            # Everybody in town comes from one address, and the story guesses at passwords again and again.
            "GATEPASS_SIGN_INS_PER_ADDRESS": "10000",
            # All who verify here ask at once for a key that they do not know: it need not wait for a day.
            "GATEPASS_KEY_AHEAD": "0s",
            "GATEPASS_METRICS_TOKEN": self._metrics_token,
        }
        if places.shared_secret:
            found["GATEPASS_SHARED_SECRETS"] = f"town={self._secret}"
        if places.https:
            files = Tls.within(self._folder)
            found |= {"GATEPASS_TLS_CERT": str(files.certificate), "GATEPASS_TLS_KEY": str(files.key)}
        return found

    def _audiences(self) -> list[tuple[str, str]]:
        groups = {"money": self._places.money, "market": self._places.market}
        shared = self._places.shared_secret
        return [("town" if shared else group, url) for group, urls in groups.items() for url in urls]


def _random() -> str:
    """32 random bytes, as text."""
    return base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
