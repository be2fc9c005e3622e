"""What the ring shows to whoever watches the process."""

from collections import Counter

from gatepass.kernel.clock import Clock
from gatepass.server.keys.model import signing
from gatepass.server.keys.plan import Schedule
from gatepass.server.keys.service import KeyRing
from gatepass.server.metrics import Metrics


def show(ring: KeyRing, schedule: Schedule, metrics: Metrics, clock: Clock) -> None:
    """Keep the figures `keys` and `key_rotation_due` true: they are set when somebody looks.

    Args:
        clock: seconds since the epoch.
    """

    def reading() -> None:
        now = int(clock())
        metrics.forget("keys")
        for (alg, state), number in Counter((key.alg, key.state(now)) for key in ring.seen).items():
            metrics.gauge("keys", number, alg=alg, state=state)
        metrics.forget("key_rotation_due")
        for alg in ring.algs:
            key = signing(ring.seen, alg, now)
            if key is not None and key.activate_at is not None:
                metrics.gauge("key_rotation_due", key.activate_at + schedule.every, alg=alg)

    metrics.when_read(reading)
