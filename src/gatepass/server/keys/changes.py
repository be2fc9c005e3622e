"""From the steps of a plan to one unit: each change of a key with its audit line."""

import asyncio
from collections.abc import Sequence

from gatepass.jose import Key
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.keys import queries
from gatepass.server.keys.model import SigningKey
from gatepass.server.keys.plan import Activate, Drop, Make, Retire, Revoke, Step
from gatepass.server.keys.wrapping import wrap
from gatepass.server.master import MasterSecret
from gatepass.server.store.call import Call

BY_ITSELF = Source(None, None)
"""From where the changes come that time brought."""
NOTHING = b""


async def unit(steps: Sequence[Step], master: MasterSecret, *, at: float, source: Source) -> list[Call]:
    """The statements that carry out a plan; the unit is `Stale` when the ring has changed since.

    Args:
        master: wraps new keys.
        at: the moment the plan is for, in seconds since the epoch.
        source: who asked for it.
    """
    return [call for step in steps for call in await _calls(step, master, at, source)]


async def _calls(step: Step, master: MasterSecret, at: float, source: Source) -> list[Call]:
    if isinstance(step, Make):
        key, calls = await _making(step, master, int(at))
    else:
        key, calls = step.key, [_changing(step, int(at))]
    detail = {"kid": key.kid, "alg": key.alg, "state": key.state(int(at))}
    return [*calls, event(_name(step), at=at, source=source, detail=detail)]


async def _making(step: Make, master: MasterSecret, now: int) -> tuple[SigningKey, list[Call]]:
    # An RSA key takes up to a second to find.
    key = await asyncio.to_thread(Key.generate, step.alg)
    row = SigningKey(
        kid=key.kid or "",
        alg=step.alg,
        use="sig",
        number=step.number,
        public_jwk=key.public().jwk(),
        key_version=master.version,
        created_at=now,
        publish_at=now,
        activate_at=now if step.active else None,
    )
    return row, [queries.add(row, wrap(key, master))]


def _changing(step: Activate | Retire | Revoke | Drop, now: int) -> Call:
    kid = step.key.kid
    match step:
        case Activate():
            return queries.ACTIVATE(kid=kid, now=now)
        case Retire():
            return queries.RETIRE(kid=kid, now=now, gone_at=now + step.after)
        case Revoke():
            return queries.REVOKE(kid=kid, now=now, nothing=NOTHING)
        case Drop():
            return queries.DROP(kid=kid, now=now, nothing=NOTHING)


def _name(step: Step) -> str:
    return {
        Make: "key_created",
        Activate: "key_activated",
        Retire: "key_retired",
        Revoke: "key_revoked",
        Drop: "key_dropped",
    }[type(step)]
