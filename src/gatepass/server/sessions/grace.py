"""The grace clock, which stands still while nothing can answer."""

import asyncio

from gatepass.server.sessions.model import Grace
from gatepass.server.sessions.service import Sessions

GRACE = 30
"""Seconds for which a lost answer may be asked for again."""


class GraceClock:
    """Remembers when the store last came back, so that an outage does not look like theft.

    A client whose refresh was written just before an outage never saw the answer. It
    asks again when the server is back, with the token before: without this, that
    would be reuse. At the first refresh, and after each time the store was `lost`,
    the newest rotation is read, and those of the last moments before it are graced
    from now on.

    Args:
        sessions: where the newest rotation is read.
        seconds: length of the grace; 0 answers each token once.
    """

    def __init__(self, sessions: Sessions, seconds: int = GRACE) -> None:
        self.seconds = seconds
        self._sessions = sessions
        self._grace: Grace | None = None
        self._resuming = asyncio.Lock()

    def lost(self) -> None:
        """Note that the store did not answer."""
        self._grace = None

    async def grace(self, now: int) -> Grace:
        """The grace as of `now`, seconds since the epoch.

        Raises:
            StoreUnavailable: the store has not come back.
        """
        if self._grace is None:
            async with self._resuming:
                return self._grace or await self._resume(now)
        return self._grace

    async def _resume(self, now: int) -> Grace:
        newest = await self._sessions.newest_rotation()
        # Without any family there is nothing to grace, least of all what is made later.
        self._grace = Grace(self.seconds, newest=now if newest is None else newest, resumed=now)
        return self._grace
