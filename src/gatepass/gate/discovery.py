"""Fetching the keys of an issuer that is known by its URL."""

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from gatepass.fetch import Fetched, FetchFailed, get
from gatepass.gate.flights import Flight
from gatepass.gate.keys import HeldKeys
from gatepass.gate.metrics import Counters
from gatepass.http.urls import parse_url, public_url
from gatepass.jose import KeySet
from gatepass.kernel.decoding import decode_json
from gatepass.kernel.errors import GatepassError
from gatepass.tokens.metadata import ServerMetadata, metadata_urls

METADATA_BYTES, KEYS_BYTES = 65_536, 262_144
TIMEOUT = 5.0
"""Seconds for one document, from the look-up of the name to the last byte."""

PATIENCE = 10.0
"""Seconds that a blocking caller waits for keys: a document that says where they are, and the keys."""

METADATA_LIFETIME = 3_600
"""Seconds after which an issuer is asked again where its keys are."""

_NO_ANSWER = frozenset({"fetch_unreachable", "fetch_timeout", "fetch_busy"})
"""After these another address of the same server is not worth the wait."""

_SECRET_MEMBERS = frozenset({"d", "k"})

_log = logging.getLogger("gatepass.gate")


class RemoteIssuer:
    """An issuer reached over the network.

    Args:
        url: as it stands in `iss`; https, or http on loopback.
        held: where its keys are kept.
        counters: where fetches are counted.

    Raises:
        Misuse: an issuer cannot have this URL (RFC 8414 section 2).
    """

    def __init__(self, url: str, held: HeldKeys[Any], counters: Counters) -> None:
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

    @property
    def keys(self) -> KeySet:
        """The last known keys."""
        return self.held.keys

    def newest(self, now: float) -> KeySet:
        """The keys as the issuer publishes them now, or the last known ones. Blocking."""
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

    Attributes:
        address: URL of the JWK set; empty before the first answer.

    Raises:
        Misuse: an issuer cannot have this URL (RFC 8414 section 2).
    """

    def __init__(self, url: str) -> None:
        public_url(url)
        self.url = url
        self.address = ""
        self._address_until = float("-inf")
        self._last: tuple[bytes, KeySet] | None = None

    def keys(self, now: float) -> KeySet:
        """1. Where the keys are (RFC 8414), 2. the keys; the very set of last time when they are the same.

        Raises:
            FetchFailed, Undecodable, KeyRefused: there is no such answer.
        """
        if now >= self._address_until:
            self.address = self._discover()
            self._address_until = now + METADATA_LIFETIME
        answer = get(self.address, max_bytes=KEYS_BYTES, timeout=TIMEOUT, headers=[("accept", "application/*")])
        body = _document(answer, self.address)
        if self._last is None or self._last[0] != body:
            self._last = body, _public_keys(body)
        return self._last[1]

    def forget_address(self) -> None:
        """Ask for the address once more next time: the keys may have moved."""
        self._address_until = float("-inf")

    def _discover(self) -> str:
        """Where the keys are: what the first metadata document of this issuer says (RFC 8414 section 3)."""
        tried: list[GatepassError] = []
        for url in metadata_urls(self.url):
            try:
                answer = get(url, max_bytes=METADATA_BYTES, timeout=TIMEOUT, headers=[("accept", "application/json")])
                return self._keys_address(_document(answer, url))
            except GatepassError as error:
                tried.append(error)
                if error.code in _NO_ANSWER:
                    break
        raise tried[0]

    def _keys_address(self, document: bytes) -> str:
        """The `jwks_uri` of the metadata, which must belong to this issuer.

        1. Its `issuer` is ours, character by character (RFC 8414 section 3.3).
        2. The keys of an https issuer come over https.
        """
        metadata = decode_json(document, ServerMetadata, max_bytes=METADATA_BYTES)
        if metadata.issuer != self.url:
            raise FetchFailed("fetch_malformed", detail=f"the metadata of {self.url} names another issuer")
        if metadata.jwks_uri is None:
            raise FetchFailed("fetch_malformed", detail=f"the metadata of {self.url} has no jwks_uri")
        if parse_url(metadata.jwks_uri).scheme != "https" and parse_url(self.url).scheme == "https":
            raise FetchFailed("fetch_not_allowed", detail=f"the jwks_uri of {self.url} is not https")
        return metadata.jwks_uri


def _document(answer: Fetched, url: str) -> bytes:
    if answer.status != 200:
        raise FetchFailed("fetch_malformed", detail=f"{url} answered {answer.status}")
    return answer.body


def _public_keys(document: bytes) -> KeySet:
    """The keys of a JWK set (RFC 7517 section 5); whoever can read a secret in it could sign with it."""
    jwks = decode_json(document, max_bytes=KEYS_BYTES, unique_names=True)
    if isinstance(jwks, Mapping) and isinstance(members := jwks.get("keys"), list):
        jwks = {"keys": [key for key in members if isinstance(key, Mapping) and not _SECRET_MEMBERS & key.keys()]}
    return KeySet.from_jwks(jwks)
