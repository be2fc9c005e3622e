"""Where an issuer can be asked for something: what its metadata says (RFC 8414)."""

from typing import Literal

from gatepass.fetch import Fetched, FetchFailed, get
from gatepass.http.urls import parse_url, public_url
from gatepass.kernel.decoding import decode_json
from gatepass.kernel.errors import GatepassError
from gatepass.tokens.metadata import ServerMetadata, metadata_urls

METADATA_BYTES = 65_536
TIMEOUT = 5.0
"""Seconds for one document, from the look-up of the name to the last byte."""

METADATA_LIFETIME = 3_600
"""Seconds after which an issuer is asked again where something is."""

_NO_ANSWER = frozenset({"fetch_unreachable", "fetch_timeout", "fetch_busy"})
"""After these another address of the same server is not worth the wait."""


class Endpoint:
    """One address in the metadata of an issuer. Blocking; any thread may ask.

    Args:
        issuer: its URL as it stands in `iss`; https, or http on loopback.
        member: the metadata's name for the address.

    Attributes:
        address: as it was found last; empty before.

    Raises:
        Misuse: an issuer cannot have this URL (RFC 8414 section 2).
    """

    def __init__(self, issuer: str, member: Literal["jwks_uri", "introspection_endpoint"]) -> None:
        public_url(issuer)
        self.issuer = issuer
        self.address = ""
        self._member = member
        self._until = float("-inf")

    def find(self, now: float) -> str:
        """The address, which is looked up once an hour.

        Raises:
            FetchFailed, Undecodable: the issuer does not tell it.
        """
        if now >= self._until:
            self.address = self._discover()
            self._until = now + METADATA_LIFETIME
        return self.address

    def forget(self) -> None:
        """Look it up once more next time: it may have moved."""
        self._until = float("-inf")

    def _discover(self) -> str:
        """What the first metadata document of this issuer says (RFC 8414 section 3)."""
        tried: list[GatepassError] = []
        for url in metadata_urls(self.issuer):
            try:
                answer = get(url, max_bytes=METADATA_BYTES, timeout=TIMEOUT, headers=[("accept", "application/json")])
                return self._address(document(answer, url))
            except GatepassError as error:
                tried.append(error)
                if error.code in _NO_ANSWER:
                    break
        raise tried[0]

    def _address(self, metadata: bytes) -> str:
        """The address in the metadata, which must belong to this issuer.

        1. Its `issuer` is ours, character by character (RFC 8414 section 3.3).
        2. The addresses of an https issuer are https.
        """
        named = decode_json(metadata, ServerMetadata, max_bytes=METADATA_BYTES)
        if named.issuer != self.issuer:
            raise FetchFailed("fetch_malformed", detail=f"the metadata of {self.issuer} names another issuer")
        address: str | None = getattr(named, self._member)
        if address is None:
            raise FetchFailed("fetch_malformed", detail=f"the metadata of {self.issuer} has no {self._member}")
        if parse_url(address).scheme != "https" and parse_url(self.issuer).scheme == "https":
            raise FetchFailed("fetch_not_allowed", detail=f"the {self._member} of {self.issuer} is not https")
        return address


def document(answer: Fetched, url: str) -> bytes:
    """The body of an answer that is one.

    Raises:
        FetchFailed: `fetch_malformed`, its status is not 200.
    """
    if answer.status != 200:
        raise FetchFailed("fetch_malformed", detail=f"{url} answered {answer.status}")
    return answer.body
