"""Changes of the ring: what time brings, and what the operator wishes."""

from collections.abc import Callable, Collection, Sequence

from gatepass.kernel import clock as clocks
from gatepass.kernel.clock import Clock
from gatepass.kernel.errors import Misuse
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.keys import plan, queries
from gatepass.server.keys.changes import BY_ITSELF, unit
from gatepass.server.keys.model import SigningKey
from gatepass.server.keys.plan import Schedule, Step
from gatepass.server.keys.service import ALGORITHMS, KeyRing
from gatepass.server.keys.wrapping import unwrap, wrap
from gatepass.server.master import MasterSecret
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store

_ATTEMPTS = 5

Plan = Callable[[Sequence[SigningKey], int], list[Step]]


class KeyKeeper:
    """Rotates, revokes and wraps the keys of a ring.

    Every change is planned from the rows as they are, and written as one unit that
    expects them so: when another node was quicker, it is planned again.

    Args:
        store: where the keys are kept.
        master: wraps new private halves.
        ring: this process's view; it knows at once what was changed here.
        schedule: how long each key does what.
        clock: seconds since the epoch.
    """

    def __init__(
        self, store: Store, master: MasterSecret, ring: KeyRing, schedule: Schedule, *, clock: Clock = clocks.now
    ) -> None:
        self._store = store
        self._master = master
        self._ring = ring
        self._schedule = schedule
        self._clock = clock

    async def tend(self, now: float) -> None:
        """Do what time has brought. Enough that one node does it; right when several do.

        Raises:
            StoreUnavailable: the database does not answer.
        """

        def due(keys: Sequence[SigningKey], moment: int) -> list[Step]:
            return plan.due(keys, self._ring.algs, moment, self._schedule)

        await self._carry_out(due, source=BY_ITSELF)

    async def rotate(self, algs: Collection[str] | None = None, *, source: Source) -> list[SigningKey]:
        """Let the published keys sign at once; the keys of `algs`, as they are then.

        Args:
            algs: those of the ring unless given; all or none rotate.

        Raises:
            KeyConflict: `key_not_ready`, with the time at which it will be.
        """
        wanted = self._ring.algs if algs is None else algs

        def rotations(keys: Sequence[SigningKey], now: int) -> list[Step]:
            return [step for alg in wanted for step in plan.rotation(keys, alg, now, self._schedule)]

        return await self._carry_out(rotations, source=source)

    async def revoke(self, kid: str, *, source: Source) -> list[SigningKey]:
        """Take a key out that somebody else may have; its tokens are refused. The changed keys.

        Raises:
            KeyConflict: `key_unknown` or `key_gone`.
        """

        def revocation(keys: Sequence[SigningKey], now: int) -> list[Step]:
            return plan.revocation(keys, kid, self._ring.algs, now)

        return await self._carry_out(revocation, source=source)

    async def generate(self, alg: str, *, source: Source) -> list[SigningKey]:
        """Publish a key of another algorithm, `ahead` of a change of the settings to it. The new key.

        Raises:
            KeyConflict: `key_exists`: one stands by already.
            Misuse: the ring cannot sign with `alg`.
        """
        if alg not in ALGORITHMS:
            raise Misuse(f"Signing keys are of one of: {', '.join(ALGORITHMS)}.")
        return await self._carry_out(lambda keys, now: plan.preparation(keys, alg, now), source=source)

    async def rewrap(self, *, source: Source) -> int:
        """Wrap every private half with the current secret; how many were wrapped with another one.

        Raises:
            Misuse: a secret that they were wrapped with is not listed.
        """
        version = self._master.version
        found = [queries.signing_key(row) for row in await self._store.read(queries.KEYS())]
        calls = []
        for row, before in found:
            if row.kept and row.key_version != version:
                key = unwrap(before, row.kid, row.key_version, self._master)
                wrapped = wrap(key, self._master)
                calls.append(queries.REWRAP(kid=row.kid, before=before, wrapped=wrapped, version=version))
        if calls:
            line = event("keys_rewrapped", at=self._clock(), source=source, detail={"keys": len(calls)})
            await self._store.write(*calls, line)
        return len(calls)

    async def _carry_out(self, make: Plan, *, source: Source) -> list[SigningKey]:
        """Write what `make` plans; the rows that differ then, without those that are gone."""
        for attempt in range(_ATTEMPTS):
            at = self._clock()
            before = await self._ring.keys()
            steps = make(before, int(at))
            if not steps:
                return []
            try:
                await self._store.write(*await unit(steps, self._master, at=at, source=source))
            except Stale:
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            await self._ring.reload()
            break
        return [key for key in await self._ring.keys() if key not in before]
