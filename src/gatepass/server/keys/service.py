"""The ring of signing keys, as one process sees it."""

import asyncio
import hashlib
import json
from dataclasses import dataclass

from gatepass.jose import Key, KeySet, Signer
from gatepass.kernel import clock as clocks
from gatepass.kernel.clock import Clock
from gatepass.kernel.errors import Misuse
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.keys import queries
from gatepass.server.keys.model import KeyState, SigningKey, missing, signing
from gatepass.server.keys.wrapping import unwrap, wrap
from gatepass.server.master import MasterSecret
from gatepass.server.store.call import Call
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store

DEFAULT_ALG = "ES256"
"""Signs in 22 µs, and every client library knows it."""
RELOAD_AFTER = 30
"""Seconds after which the ring is read again; a node never signs with an older view."""
_ATTEMPTS = 3


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
        alg: algorithm that `signer` uses: ES256, ES384, ES512, RS256, PS256, Ed25519.
    """

    def __init__(
        self, store: Store, master: MasterSecret, *, clock: Clock = clocks.now, alg: str = DEFAULT_ALG
    ) -> None:
        self._store = store
        self._master = master
        self._clock = clock
        self._alg = alg
        self._view: _View | None = None
        self._signers: dict[tuple[str, str], Signer] = {}
        self._reading = asyncio.Lock()

    async def open(self) -> None:
        """Read the ring; make the key that signs and the one after it when they are missing.

        Several nodes may do so at once: a unique number lets one win, the others read again.

        Raises:
            Misuse: the keys were wrapped with another master secret.
            StoreUnavailable: the database does not answer.
        """
        for _ in range(_ATTEMPTS):
            view = await self._read()
            now = int(self._clock())
            wanted = missing(view.rows, self._alg, now)
            if not wanted:
                return
            try:
                await self._store.write(*self._making(wanted, view, now))
            except Stale:
                continue
        await self._read()

    async def signer(self, typ: str) -> Signer:
        """What signs tokens of the kind `typ` (the `typ` of their header).

        Raises:
            Misuse: the ring was not opened, or the keys were wrapped with another master secret.
            StoreUnavailable: the view is too old, and the database does not answer.
        """
        view = await self._fresh()
        row = signing(view.rows, self._alg, int(self._clock()))
        if row is None:
            raise Misuse(f"No {self._alg} key is active; the ring was not opened.")
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

    async def keys(self) -> list[SigningKey]:
        """All keys that there ever were, without their private halves, for the operator."""
        return [queries.signing_key(row)[0] for row in await self._store.read(queries.KEYS())]

    def _making(self, wanted: list[KeyState], view: _View, now: int) -> list[Call]:
        last = max((row.number for row in view.rows if row.alg == self._alg), default=0)
        calls: list[Call] = []
        for number, state in enumerate(wanted, last + 1):
            calls += self._making_one(number, state, now)
        return calls

    def _making_one(self, number: int, state: KeyState, now: int) -> list[Call]:
        key = Key.generate(self._alg)
        row = SigningKey(
            kid=key.kid or "",
            alg=self._alg,
            use="sig",
            number=number,
            public_jwk=key.public().jwk(),
            key_version=self._master.version,
            created_at=now,
            publish_at=now,
            activate_at=now if state == "active" else None,
        )
        detail = {"kid": row.kid, "alg": row.alg, "state": state}
        line = event("key_created", at=self._clock(), source=Source(None, None), detail=detail)
        return [queries.add(row, wrap(key, self._master)), line]

    async def _fresh(self) -> _View:
        view = self._view
        # A clock that was set back must not keep an old view alive.
        if view is not None and 0 <= self._clock() - view.read_at < RELOAD_AFTER:
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
            if row.state(int(read_at)) != "gone":
                known = before.keys.get(row.kid) if before else None
                keys[row.kid] = known or unwrap(wrapped, row.kid, row.key_version, self._master)
        rows = tuple(row for row, _ in found)
        published = tuple(row.kid for row in rows if row.published(int(read_at)))
        same = before is not None and before.published == published
        key_set = before.key_set if before and same else KeySet(keys[kid].public() for kid in published)
        self._view = _View(rows, keys, published, key_set, read_at)
        return self._view
