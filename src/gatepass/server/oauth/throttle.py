"""How many wrong client secrets an address may show.

A secret has 256 random bits, so nobody guesses one: the budget keeps a flood from the
database. Only failures stay charged, and a client that has shown its secret from an
address before is not held up there, whatever others behind the same address do.
Counted per process and in memory, under keyed hashes.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from gatepass.http.addresses import address_prefix
from gatepass.kernel.clock import Clock, monotonic
from gatepass.server.audit.model import Source
from gatepass.server.master import MasterSecret
from gatepass.server.oauth.errors import OAuthRefused
from gatepass.server.users.budgets import Budget

PURPOSE = "client-throttle"
PER_ADDRESS = 60
"""Wrong secrets that an address prefix has in ten minutes, as many as wrong passwords."""
WIDER = 5
"""A /48 has so many times the budget of a /64."""
PERIOD = 600
KNOWN = 10_000
"""Pairs of client and address that are remembered."""


class ClientThrottle:
    """The budgets of one process.

    Args:
        master: keys the hashes.
        clock: monotonic seconds.
    """

    def __init__(self, master: MasterSecret, *, clock: Clock = monotonic) -> None:
        self._key = master.current(PURPOSE)
        self._addresses = Budget(PER_ADDRESS, PERIOD, clock=clock)
        self._networks = Budget(WIDER * PER_ADDRESS, PERIOD, clock=clock)
        self._known: OrderedDict[bytes, None] = OrderedDict()

    @contextmanager
    def attempt(self, client_id: str, source: Source) -> Iterator[None]:
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
        charges = ((self._addresses, prefix), (self._networks, wide))
        _charge(*charges)
        try:
            yield
        except OAuthRefused:
            raise
        except BaseException:
            _give_back(*charges)
            raise
        _give_back(*charges)
        self._remember(pair)

    def _remember(self, pair: bytes) -> None:
        self._known[pair] = None
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)

    def _hashed(self, kind: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\0{value}".encode(), hashlib.sha256)


def _charge(*charges: tuple[Budget, bytes]) -> None:
    for number, (budget, key) in enumerate(charges):
        if wait := budget.take(key):
            _give_back(*charges[:number])
            raise OAuthRefused("throttled", retry_after=wait)


def _give_back(*charges: tuple[Budget, bytes]) -> None:
    for budget, key in charges:
        budget.give_back(key)
