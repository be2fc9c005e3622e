"""Fetching a status list and reading it, with nothing believed that its issuer did not sign."""

import logging
import re
from typing import Protocol

from gatepass.fetch import Fetched, get
from gatepass.gate.endpoint import TIMEOUT, document
from gatepass.gate.flights import Flight
from gatepass.gate.metrics import Counters
from gatepass.gate.status import CLOCKS_DIFFER, HeldList, Reading
from gatepass.jose import KeySet, TokenRefused, Verifier
from gatepass.kernel.errors import GatepassError
from gatepass.tokens.status_list import MEDIA_TYPE, TYP, StatusClaims, StatusList

LIST_BYTES = 1_048_576
"""Longest status list token: the engine looks at no longer one."""

WAIT = 2.0
"""Seconds after the beginning of a fetch until which requests wait for it."""

_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"')

_log = logging.getLogger("gatepass.gate")


class SigningKeys(Protocol):
    """The keys of an issuer, for a thread that may wait."""

    def known(self, now: float) -> KeySet:
        """The last known ones, as long as they are good.

        Raises:
            KeysUnavailable: there are none, and the issuer cannot be asked.
        """

    def newest(self, now: float) -> KeySet:
        """The ones of this moment, or the last known ones."""


class SaidByList(StatusClaims, frozen=True, kw_only=True):
    """A status list token may name its issuer too (RFC 7519 section 4.1.1)."""

    iss: str | None = None


class RemoteList:
    """One status list of an issuer, reached over the network.

    Args:
        uri: as tokens name it; the caller has made sure that it lies under the issuer's `/status/`.
        issuer: as it stands in `iss`.
        keys: of the issuer.
        held: where the list is kept.
        counters: where fetches are counted.
    """

    def __init__(self, uri: str, issuer: str, keys: SigningKeys, held: HeldList, counters: Counters) -> None:
        self.uri = uri
        self.held = held
        self._issuer = issuer
        self._keys = keys
        self._counters = counters
        self._flight = Flight(self._fetch, self._failed)

    async def refresh(self, now: float) -> None:
        """Ask, and wait until two seconds after the fetch began, which all who share it do together."""
        import asyncio  # services without an event loop need not load it

        if self.held.fresh(now):  # since the decision, by another thread
            return
        answer = self._flight.join(now)
        if answer.done() or self.held.slow:
            return
        try:
            async with asyncio.timeout(max(0.0, WAIT - self._flight.age)):
                await asyncio.wrap_future(answer)
        except TimeoutError:
            self.held.late()

    async def renew(self, now: float) -> None:
        """See `Source`."""
        self._flight.join(now)

    def _fetch(self, now: float) -> None:
        """1. GET, conditionally if what is held is enough. 2. Verify what is new. 3. Hold it."""
        self._counters.count("status_fetches")
        keys = self._keys.known(now)
        etag = self.held.etag(keys, now)
        # Base64 twice over bits that zlib has packed: gzip takes more than a quarter off on the way.
        accepts = [("accept", MEDIA_TYPE)]
        answer = get(self.uri, max_bytes=LIST_BYTES, timeout=TIMEOUT, headers=accepts, etag=etag, packed=True)
        if answer.status == 304:
            self._counters.count("status_unchanged")
            self.held.unchanged(now)
        else:
            self.held.accept(self._read(answer, keys, now), now)

    def _read(self, answer: Fetched, keys: KeySet, now: float) -> Reading:
        # Whatever is not ASCII is in no token.
        token = document(answer, self.uri).decode("ascii", "replace")
        try:
            said = self._verified(token, keys, now)
        except TokenRefused as refused:
            if refused.code != "unknown_key":
                raise
            keys = self._keys.newest(now)
            said = self._verified(token, keys, now)
        etag = answer.headers.get("etag", "")
        return Reading(
            StatusList.decode(said.status_list.lst, said.status_list.bits),
            said.iat,
            said.exp,
            said.ttl,
            etag if _ETAG.fullmatch(etag) else None,
            keys,
        )

    def _verified(self, token: str, keys: KeySet, now: float) -> SaidByList:
        """The claims of a status list token (draft-ietf-oauth-status-list-21 section 8.3).

        1. Signed by the issuer, of this type, not expired (section 5.1).
        2. It is the list that was asked for, and nobody else's.
        3. It was signed by now.

        Raises:
            TokenRefused: it is not such a token.
        """
        said = Verifier(
            keys,
            issuer=None,
            audience=None,
            typ=TYP,
            require=("sub", "iat", "exp"),
            claims=SaidByList,
            max_bytes=LIST_BYTES,
        ).verify(token, now=now)
        if said.sub != self.uri:
            raise TokenRefused("bad_claim", "sub", detail="another status list")
        if said.iss is not None and said.iss != self._issuer:
            raise TokenRefused("wrong_issuer", "iss")
        if said.iat > now + CLOCKS_DIFFER:
            raise TokenRefused("bad_claim", "iat", detail="signed in the future")
        return said

    def _failed(self, error: GatepassError, now: float) -> None:
        if not self.held.failing:
            _log.warning("No status list %s: %s", self.uri, error.detail or error)
        self.held.fail(now)
        self._counters.count("status_failures")
