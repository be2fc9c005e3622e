"""How many wrong client secrets an address may show.

A secret has 256 random bits, so nobody guesses one: the budget keeps a flood from the
database. Only failures stay charged, and a client that has shown its secret from an
address before is not held up there, whatever others behind the same address do.
Counted under keyed hashes.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gatepass.http.addresses import address_prefix
from gatepass.server.audit.model import Source
from gatepass.server.budgets import Budgets, Charge, Limit
from gatepass.server.master import MasterSecret
from gatepass.server.oauth.errors import OAuthRefused

PURPOSE = "client-throttle"
ADDRESSES = Limit("client_address", 60, 600)
"""Wrong secrets that an address prefix has in ten minutes, as many as wrong passwords."""
NETWORKS = Limit("client_network", 5 * ADDRESSES.tries, 600)
"""A /48 has five times the budget of a /64."""
KNOWN = 10_000
"""Pairs of client and address that are remembered."""


class ClientThrottle:
    """The budgets of clients.

    Args:
        master: keys the hashes.
        budgets: counts.
    """

    def __init__(self, master: MasterSecret, budgets: Budgets) -> None:
        self._key = master.current(PURPOSE)
        self._budgets = budgets
        self._known: OrderedDict[bytes, None] = OrderedDict()

    @asynccontextmanager
    async def attempt(self, client_id: str, source: Source) -> AsyncIterator[None]:
        """Leave to try one secret. It stays charged when an OAuthRefused leaves the block.

        Raises:
            OAuthRefused: `throttled`, with the seconds until it may be tried again.
        """
        prefix = self._hashed("prefix", address_prefix(source.address, 64))
        wide = self._hashed("network", address_prefix(source.address, 48))
        pair = hmac.digest(self._key, prefix + client_id.encode("utf-8", "surrogatepass"), hashlib.sha256)
        if pair in self._known:
            self._known.move_to_end(pair)
            yield
            return
        charges = (Charge(ADDRESSES, prefix), Charge(NETWORKS, wide))
        if wait := await self._budgets.take(*charges):
            raise OAuthRefused("throttled", retry_after=wait)
        try:
            yield
        except OAuthRefused:
            raise
        except BaseException:
            await self._budgets.give_back(*charges)
            raise
        await self._budgets.give_back(*charges)
        self._remember(pair)

    def _remember(self, pair: bytes) -> None:
        self._known[pair] = None
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)

    def _hashed(self, kind: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\0{value}".encode(), hashlib.sha256)
