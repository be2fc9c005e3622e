"""The cache that nodes share: Redis or Valkey, through redis-py, which nobody else imports.

A key is a keyed hash, so the cache lists no names and no addresses. All keys lie in one
slot of a cluster, because one script takes several.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Sequence

from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import new_bytes
from gatepass.kernel.secret import Secret
from gatepass.server.budgets.model import Answer, Charge, Counted, Told
from gatepass.server.budgets.scripts import SCRIPTS, Act
from gatepass.server.master import MasterSecret

PURPOSE = "throttle keys"
DEADLINE = 0.1
"""Seconds that a request waits for the cache at most; within one network it answers in a hundredth of that."""
CONNECTING = 2.0
"""Seconds for a connection, which no request waits for."""
CONNECTIONS = 32
_PREFIX = b"{gatepass}:budget:"
_MARK = b"{gatepass}:budgets"
_SCHEMES = {"redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss"}


class CacheAway(Exception):
    """The cache did not do as it was told. Its text says why in a word, and nothing of the URL."""


class Cache:
    """One cache. Nothing is opened when it is made.

    Args:
        url: with its password.
        master: keys the hashes.

    Raises:
        Misuse: redis-py cannot read the URL, or is not installed.
    """

    def __init__(self, url: Secret, master: MasterSecret) -> None:
        self._key = master.current(PURPOSE)
        try:
            from redis.asyncio import BlockingConnectionPool, Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff
        except ImportError:
            raise Misuse("GATEPASS_CACHE needs redis-py: pip install 'gatepass[server]'.") from None
        scheme, _, rest = url.reveal().decode().partition("://")
        never = Retry(NoBackoff(), 0)
        try:
            pool = BlockingConnectionPool.from_url(
                f"{_SCHEMES.get(scheme, scheme)}://{rest}",
                max_connections=CONNECTIONS,
                timeout=DEADLINE,
                socket_connect_timeout=CONNECTING,
                retry=never,
            )
        except ValueError:
            raise Misuse("GATEPASS_CACHE cannot be read: it is like redis://:PASSWORD@HOST:6379/0.") from None
        self._redis = Redis(connection_pool=pool)
        self._scripts = {act: self._redis.register_script(text) for act, text in SCRIPTS.items()}

    async def ask(self, act: Act, told: Sequence[Told], *, deadline: float = DEADLINE) -> Answer:
        """Do `act` for all charges, as one step.

        Raises:
            CacheAway: it may be done, or not.
        """
        # Drawn for each question: the mark that is set is always one that nobody has heard of.
        new_mark = int.from_bytes(new_bytes(6), "big") or 1
        keys = [_MARK, *(self._name(one.charge) for one in told)]
        numbers = [new_mark, *(number for one in told for number in _numbers(one))]
        try:
            async with asyncio.timeout(deadline):
                mark, spent, *counts = map(int, await self._scripts[act](keys, numbers))
        except Exception as error:  # noqa: BLE001 - whatever a cache may do, people sign in
            raise CacheAway(type(error).__name__) from None
        if len(counts) != 2 * len(told) or not 0 <= spent <= len(told):
            raise CacheAway("WrongAnswer")
        pairs = zip(counts[::2], counts[1::2], strict=True)
        return Answer(mark, spent - 1 if spent else None, [Counted(used, left / 1000) for used, left in pairs])

    async def close(self) -> None:
        """Close all connections."""
        try:
            async with asyncio.timeout(DEADLINE):
                await self._redis.aclose(close_connection_pool=True)
        except Exception:  # noqa: BLE001, S110 - what is closed owes nobody an answer
            pass

    def _name(self, charge: Charge) -> bytes:
        message = charge.limit.name.encode() + b"\0" + charge.key
        return _PREFIX + hmac.digest(self._key, message, hashlib.sha256)[:16].hex().encode()


def _numbers(told: Told) -> tuple[int, ...]:
    limit = told.charge.limit
    return limit.tries, limit.period * 1000, told.used, int(told.left * 1000), told.owed, told.mark
