"""Fetching the keys of an issuer that is known by its URL."""

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Generic, TypeVar

from gatepass.fetch import get
from gatepass.gate.endpoint import TIMEOUT, Endpoint, document
from gatepass.gate.errors import KeysUnavailable
from gatepass.gate.flights import Flight
from gatepass.gate.keys import RETRY, FetchedKeys
from gatepass.gate.metrics import Counters
from gatepass.jose import KeySet
from gatepass.kernel.decoding import decode_json
from gatepass.kernel.errors import GatepassError

KEYS_BYTES = 262_144

PATIENCE = 10.0
"""Seconds that a blocking caller waits for keys: a document that says where they are, and the keys."""

_SECRET_MEMBERS = frozenset({"d", "k"})

_log = logging.getLogger("gatepass.gate")

H = TypeVar("H", bound=FetchedKeys)


class RemoteIssuer(Generic[H]):
    """An issuer reached over the network.

    Args:
        url: as it stands in `iss`; https, or http on loopback.
        held: where its keys are kept.
        counters: where fetches are counted.

    Raises:
        Misuse: an issuer cannot have this URL (RFC 8414 section 2).
    """

    def __init__(self, url: str, held: H, counters: Counters) -> None:
        self._published = PublishedKeys(url)
        self.url = url
        self.held = held
        self._counters = counters
        self._flight = Flight(self._fetch, self._failed)

    async def refresh(self, now: float) -> None:
        """See `KeySource`."""
        import asyncio  # services without an event loop need not load it

        await asyncio.wrap_future(self.ask(now))

    async def renew(self, now: float) -> None:
        """See `KeySource`."""
        self.ask(now)

    def ask(self, now: float) -> "Future[None]":
        """Begin to fetch the keys, or join the fetch that is under way; its result goes to `held`."""
        return self._flight.join(now)

    def known(self, now: float) -> KeySet:
        """See `SigningKeys`. Blocking where there are no keys, or none that were looked at lately.

        Where requests ask for keys, they have done so by now. Where no token is verified with
        them, as beside a shared secret, nobody else does.
        """
        usable = self.held.usable(now)
        if self.held.must_ask(now, usable):
            self.newest(now)
            usable = self.held.usable(now)
        elif self.held.may_try(now):
            self.ask(now)
        if not usable:
            raise KeysUnavailable("keys_unavailable", retry_after=RETRY)
        return self.held.keys

    def newest(self, now: float) -> KeySet:
        """See `SigningKeys`. Blocking."""
        with suppress(TimeoutError):
            self.ask(now).result(PATIENCE)
        return self.held.keys

    def _fetch(self, now: float) -> None:
        self._counters.count("key_fetches")
        self.held.accept(self._published.keys(now), now)

    def _failed(self, error: GatepassError, now: float) -> None:
        self._published.forget_address()
        self.held.fail(now)
        self._counters.count("key_failures")
        _log.warning("No keys from the issuer %s: %s", self.url, error.detail or error)


class PublishedKeys:
    """The keys that an issuer publishes now. Blocking, and for one thread at a time.

    Args:
        url: as it stands in `iss`; https, or http on loopback.

    Raises:
        Misuse: an issuer cannot have this URL (RFC 8414 section 2).
    """

    def __init__(self, url: str) -> None:
        self._endpoint = Endpoint(url, "jwks_uri")
        self._last: tuple[bytes, KeySet] | None = None

    @property
    def address(self) -> str:
        """URL of the JWK set; empty before the first answer."""
        return self._endpoint.address

    def keys(self, now: float) -> KeySet:
        """1. Where the keys are (RFC 8414), 2. the keys; the very set of last time when they are the same.

        Raises:
            FetchFailed, Undecodable, KeyRefused: there is no such answer.
        """
        address = self._endpoint.find(now)
        answer = get(address, max_bytes=KEYS_BYTES, timeout=TIMEOUT, headers=[("accept", "application/*")])
        body = document(answer, address)
        if self._last is None or self._last[0] != body:
            self._last = body, _public_keys(body)
        return self._last[1]

    def forget_address(self) -> None:
        """Ask for the address once more next time: the keys may have moved."""
        self._endpoint.forget()


def _public_keys(body: bytes) -> KeySet:
    """The keys of a JWK set (RFC 7517 section 5); whoever can read a secret in it could sign with it."""
    jwks = decode_json(body, max_bytes=KEYS_BYTES, unique_names=True)
    if isinstance(jwks, Mapping) and isinstance(members := jwks.get("keys"), list):
        jwks = {"keys": [key for key in members if isinstance(key, Mapping) and not _SECRET_MEMBERS & key.keys()]}
    return KeySet.from_jwks(jwks)
