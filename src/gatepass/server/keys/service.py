"""The ring of signing keys, as one process sees it."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from gatepass.jose import Key, KeySet, Signer
from gatepass.kernel import clock as clocks
from gatepass.kernel.clock import Clock
from gatepass.kernel.errors import Misuse
from gatepass.server.keys import queries
from gatepass.server.keys.changes import BY_ITSELF, unit
from gatepass.server.keys.model import SigningKey, signing
from gatepass.server.keys.plan import VIEW_KEPT, lacking
from gatepass.server.keys.wrapping import unwrap
from gatepass.server.master import MasterSecret
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store

DEFAULT_ALG = "ES256"
"""Signs in 22 µs, and every client library knows it."""
ID_TOKEN_ALG = "RS256"  # noqa: S105 - an algorithm
"""ID tokens are signed with it unless a client asks for another one (OpenID Connect Core section 15.1)."""
ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519")
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """A JWK set as it is served.

    Attributes:
        body: JSON text (RFC 7517 section 5), equal on all nodes.
        etag: entity tag of `body`, with its quotes (RFC 9110 section 8.8.3).
    """

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class _View:
    """What was read at one moment. `keys` are private."""

    rows: tuple[SigningKey, ...]
    keys: dict[str, Key]
    published: tuple[str, ...]
    key_set: KeySet
    read_at: float


class KeyRing:
    """The keys that sign, and those that are published.

    Args:
        store: where the keys are kept.
        master: what their private halves are wrapped with.
        clock: seconds since the epoch.
        alg: one of `ALGORITHMS`; `signer` uses it unless asked for another one.

    Attributes:
        algs: algorithms that there always is a key for: `alg`, and the one of ID tokens.
    """

    def __init__(
        self, store: Store, master: MasterSecret, *, clock: Clock = clocks.now, alg: str = DEFAULT_ALG
    ) -> None:
        self._store = store
        self._master = master
        self._clock = clock
        self._alg = alg
        self.algs = tuple(dict.fromkeys((alg, ID_TOKEN_ALG)))
        self._view: _View | None = None
        self._signers: dict[tuple[str, str], Signer] = {}
        self._reading = asyncio.Lock()

    async def open(self) -> None:
        """Read the ring; make the key that signs and the one after it when they are missing.

        Several nodes may do so at once: a unique number lets one win, the others read again.
        Keys for ID tokens are left to housekeeping: they take long to make, and nobody waits.

        Raises:
            Misuse: the keys were wrapped with another master secret.
            StoreUnavailable: the database does not answer.
        """
        for _ in range(_ATTEMPTS):
            view = await self._read()
            now = self._clock()
            steps = lacking(view.rows, self._alg, int(now))
            if not steps:
                return
            try:
                await self._store.write(*await unit(steps, self._master, at=now, source=BY_ITSELF))
            except Stale:
                continue
        await self._read()

    async def reload(self) -> None:
        """Read the ring now: what another node or a command has changed counts from here on.

        Raises:
            Misuse: a key was wrapped with a secret that is not listed here.
            StoreUnavailable: the database does not answer; the view that there is goes on aging.
        """
        async with self._reading:
            await self._read()

    async def signer(self, typ: str, alg: str | None = None) -> Signer:
        """What signs tokens of the kind `typ` (the `typ` of their header).

        Args:
            alg: one of `algs`; the first of them unless given.

        Raises:
            Misuse: the ring was not opened, or the keys were wrapped with another master secret.
            StoreUnavailable: the view is too old, and the database does not answer.
        """
        view = await self._fresh()
        wanted = alg or self._alg
        row = signing(view.rows, wanted, int(self._clock()))
        if row is None:
            raise Misuse(f"No {wanted} key is active; the ring was not opened.")
        found = self._signers.get((row.kid, typ))
        if found is None:
            found = self._signers[row.kid, typ] = Signer(view.keys[row.kid], typ=typ)
        return found

    async def key_set(self) -> KeySet:
        """All published keys, upcoming ones included; the same object until they change."""
        return (await self._fresh()).key_set

    async def jwks(self) -> PublishedKeys:
        """All published keys as the JWK set that gates fetch. No private member is in it."""
        key_set = (await self._fresh()).key_set
        body = json.dumps(key_set.jwks(), sort_keys=True, separators=(",", ":")).encode()
        return PublishedKeys(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')

    @property
    def seen(self) -> Sequence[SigningKey]:
        """The rows as they were last read, however long ago, for figures; none before the first time."""
        return self._view.rows if self._view is not None else ()

    async def published(self) -> list[SigningKey]:
        """The rows behind the JWK set, in its order."""
        view = await self._fresh()
        return [row for row in view.rows if row.kid in view.published]

    async def keys(self) -> list[SigningKey]:
        """All keys that there ever were, without their private halves, for the operator."""
        return [queries.signing_key(row)[0] for row in await self._store.read(queries.KEYS())]

    async def _fresh(self) -> _View:
        view = self._view
        # A clock that was set back must not keep an old view alive.
        if view is not None and 0 <= self._clock() - view.read_at < VIEW_KEPT:
            return view
        async with self._reading:
            if self._view is view:
                return await self._read()
            assert self._view is not None
            return self._view

    async def _read(self) -> _View:
        read_at = self._clock()
        found = [queries.signing_key(row) for row in await self._store.read(queries.KEYS())]
        before = self._view
        keys: dict[str, Key] = {}
        for row, wrapped in found:
            if row.kept and row.state(int(read_at)) != "gone":
                known = before.keys.get(row.kid) if before else None
                keys[row.kid] = known or unwrap(wrapped, row.kid, row.key_version, self._master)
        rows = tuple(row for row, _ in found)
        published = tuple(row.kid for row in rows if row.published(int(read_at)))
        same = before is not None and before.published == published
        key_set = before.key_set if before and same else KeySet(keys[kid].public() for kid in published)
        self._view = _View(rows, keys, published, key_set, read_at)
        return self._view
