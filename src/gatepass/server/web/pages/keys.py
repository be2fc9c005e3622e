"""/keys: what the published key set means, for people who run services.

Everybody may look. Only keys that stand in the key set are shown, with what anyone who
has read the set and a token now and then knows: which one waits, signs or retires, and
since when. A key that was taken out leaves this page as it leaves the set.
"""

import base64
from dataclasses import dataclass

from starlette.responses import Response

from gatepass.kernel.clock import Clock
from gatepass.server.keys import timeline
from gatepass.server.keys.model import KeyState, SigningKey
from gatepass.server.keys.service import KeyRing
from gatepass.server.web.pages.desk import Desk
from gatepass.server.web.pages.render import Moment
from gatepass.server.web.pages.visit import Visit

DOES: dict[KeyState, str] = {"upcoming": "Stands by", "active": "Signs now", "retiring": "Retiring", "gone": "Gone"}


@dataclass(frozen=True, slots=True)
class _Shown:
    """A key as the page tells of it; moments that have not come are None, but the last one."""

    alg: str
    kid: str
    does: str
    published: Moment
    signs: Moment | None
    retired: Moment | None
    gone: Moment | None


class KeysPage:
    """The handler of /keys.

    Args:
        clock: seconds since the epoch.
    """

    def __init__(self, desk: Desk, ring: KeyRing, clock: Clock) -> None:
        self._desk = desk
        self._ring = ring
        self._clock = clock

    async def show(self, visit: Visit) -> Response:
        """The published keys, drawn and in words."""
        keys, now = await self._ring.published(), int(self._clock())
        # Inside the page: an address of its own could be embedded by other sites, and would need a policy of its own.
        picture = base64.b64encode(timeline.svg(keys, now).encode()).decode()
        return self._desk.render.page("keys.html", keys=[_shown(key, now) for key in keys], picture=picture)


def _shown(key: SigningKey, now: int) -> _Shown:
    signs, retired, gone = (
        None if at is None else Moment.of(at) for at in (key.activate_at, key.retire_at, key.gone_at)
    )
    return _Shown(key.alg, key.kid, DOES[key.state(now)], Moment.of(key.publish_at), signs, retired, gone)
