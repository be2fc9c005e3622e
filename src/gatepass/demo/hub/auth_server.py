"""What the inspector may ask the town's auth server for: its keys, and a token to look into."""

import json
from typing import Protocol

from gatepass import Key, KeySet, Secret
from gatepass.demo.places import ADA, PASSPHRASE, Places
from gatepass.demo.story.browser import Browser, Exchange, NoAnswer, Request

SHARED = "TOWN_SECRET"
"""Environment variable with the secret of a town that shares one."""


class AuthServer(Protocol):
    """Whoever signs the town's tokens."""

    def keys(self) -> KeySet:
        """What its signatures are checked with.

        Raises:
            NoAnswer: it does not tell now.
        """

    def token(self, audience: str) -> str:
        """A fresh access token of Ada's for this site.

        Raises:
            NoAnswer: it gives none now.
        """


class RunningAuthServer:
    """The one that runs in this town."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def keys(self) -> KeySet:
        """See `AuthServer`: its published keys and, in a town that shares one, the secret."""
        found = KeySet.from_jwks(
            json.dumps(self._json(Request("GET", f"{self._places.issuer}/.well-known/jwks.json"))).encode()
        )
        shared = [Key.from_secret(Secret.env(SHARED), alg="HS256")] if self._places.shared_secret else []
        return KeySet([*shared, *found])

    def token(self, audience: str) -> str:
        """See `AuthServer`."""
        group = next((sites for sites in (self._places.money, self._places.market) if audience in sites), ())
        body = {"identifier": ADA, "password": PASSPHRASE, "resource": list(group or self._places.money)}
        answer = self._json(Request("POST", f"{self._places.issuer}/api/login", json=body))
        return str(answer.get("access_token", ""))

    def _json(self, request: Request) -> dict[str, object]:
        exchange: Exchange = Browser().send(request)
        if exchange.status != 200 or not isinstance(exchange.json, dict):
            raise NoAnswer(f"The auth server answers with {exchange.status}.")
        return exchange.json
