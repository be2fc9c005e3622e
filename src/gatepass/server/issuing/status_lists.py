"""Status lists as services fetch them: built from what has ended, and signed."""

import asyncio
import gzip
import hashlib
from dataclasses import dataclass, field, replace

import msgspec

from gatepass.jose import Signer, jws
from gatepass.kernel.clock import Clock, monotonic, now
from gatepass.server.keys.service import KeyRing
from gatepass.server.metrics import Metrics
from gatepass.server.status.model import TTL, StatusList, Terms
from gatepass.server.status.reading import Statuses
from gatepass.tokens import status_list as formats
from gatepass.tokens.status_list import TYP, Lst, StatusClaims, status_uri

LIFETIME = 3_600
"""Seconds until a status list token expires: no service that cannot fetch another one believes it for longer."""
SIGNED_EVERY = LIFETIME // 2
"""Seconds after which a list is signed anew, changed or not."""
LOOKED_EVERY = 0.2
"""Seconds after which somebody who asks makes us look whether a bit was set, at most once for all who ask."""


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A status list as it is served.

    Attributes:
        token: the signed list.
        packed: the same as gzip (RFC 1952), which takes off more than a quarter: base64 uses 6 bits of 8.
        etag: entity tag: equal on all nodes while bits and key are. A weak one (RFC 9110 section 8.8.1),
            as each node's signature is another one.
    """

    token: bytes
    packed: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class _Built:
    """A list that was signed, and what it was made from.

    Attributes:
        since, count: the question about set bits and its answer, which say whether to read them again.
        looked_at: when that was asked last.
    """

    published: PublishedList
    kid: str | None
    signed_at: int
    since: int
    count: int
    looked_at: float


@dataclass(slots=True)
class _Kept:
    list: StatusList
    built: _Built | None = None
    building: asyncio.Lock = field(default_factory=asyncio.Lock)


class StatusLists:
    """The status lists of one issuer. What a request costs is a look at memory, and now and then one for all.

    Args:
        statuses: says which bits are set.
        ring: signs, with the public key algorithm that everybody can verify.
        issuer: the lists' addresses begin with it.
        terms: for how long a bit stays set.
        metrics: told how long building takes.
        clock: seconds since the epoch.
    """

    def __init__(
        self, statuses: Statuses, ring: KeyRing, *, issuer: str, terms: Terms, metrics: Metrics, clock: Clock = now
    ) -> None:
        self._statuses = statuses
        self._ring = ring
        self._issuer = issuer
        self._terms = terms
        self._metrics = metrics
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._listed_at = float("-inf")
        self._listing = asyncio.Lock()

    async def get(self, name: str) -> PublishedList | None:
        """The list with this id, not older than `LOOKED_EVERY`; None when there is no such list.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        kept = await self._find(name)
        if kept is None:
            return None
        signer = await self._ring.signer(TYP)
        if (built := self._fresh(kept, signer)) is None:
            async with kept.building:
                if (built := self._fresh(kept, signer)) is None:
                    built = kept.built = await self._build(kept, signer)
        return built.published

    async def _find(self, name: str) -> _Kept | None:
        """Lists come seldom, so one that is not known makes us look; but not whoever guesses, again and again."""
        if name not in self._kept and not self._is_new(self._listed_at):
            async with self._listing:
                if not self._is_new(self._listed_at):
                    await self._list()
        return self._kept.get(name)

    async def _list(self) -> None:
        at = self._clock()
        for one in await self._statuses.lists():
            self._kept.setdefault(one.id, _Kept(one))
        self._listed_at = at
        self._metrics.gauge("status_lists", len(self._kept))

    def _is_new(self, at: float) -> bool:
        # A clock that was set back must not keep an old view alive.
        return 0 <= self._clock() - at < LOOKED_EVERY

    def _fresh(self, kept: _Kept, signer: Signer) -> _Built | None:
        built = kept.built
        if built is None or built.kid != signer.key.kid or not self._is_new(built.looked_at):
            return None
        return built if self._signed_lately(built) else None

    def _signed_lately(self, built: _Built) -> bool:
        return 0 <= self._clock() - built.signed_at < SIGNED_EVERY

    async def _build(self, kept: _Kept, signer: Signer) -> _Built:
        before, at = kept.built, self._clock()
        if before is not None and (before.kid != signer.key.kid or not self._signed_lately(before)):
            before = None
        since = self._terms.set_since(int(at))
        count = await self._statuses.count(kept.list.id, since=since)
        if before is not None and (before.since, before.count) == (since, count):
            return replace(before, looked_at=at)
        began = monotonic()
        indexes = await self._statuses.indexes(kept.list.id, since=since) if count else []
        published = await asyncio.to_thread(self._publish, kept.list, indexes, signer, int(at), before)
        self._metrics.observe("status_build", monotonic() - began)
        signed_at = before.signed_at if before and before.published is published else int(at)
        return _Built(published, signer.key.kid, signed_at, since, len(indexes), at)

    def _publish(
        self, one: StatusList, indexes: list[int], signer: Signer, at: int, before: _Built | None
    ) -> PublishedList:
        """In a thread: a large list takes tens of milliseconds. What has not changed is not signed again."""
        bits = formats.StatusList.from_set(indexes, one.size)
        digest = hashlib.sha256(f"{one.id}:{signer.key.kid}:".encode() + bits.octets).hexdigest()
        etag = f'W/"{digest[:32]}"'
        if before is not None and before.published.etag == etag:
            return before.published
        claims = StatusClaims(
            sub=status_uri(self._issuer, one.id),
            iat=at,
            exp=at + LIFETIME,
            ttl=TTL,
            status_list=Lst(bits=1, lst=bits.encode()),
        )
        # A Signer makes tokens that fit into a header; this one is a document.
        token = jws.sign(msgspec.json.encode(claims), signer.key, header={"typ": TYP}).encode()
        return PublishedList(token, gzip.compress(token, mtime=0), etag)
