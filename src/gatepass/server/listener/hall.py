"""Who is inside: all open connections of one listener, counted and looked after."""

import asyncio
from typing import Protocol

from gatepass.server.listener.limits import Limits


class Guest(Protocol):
    """One open connection."""

    def check(self, now: float) -> None:
        """End the connection if it is late; `now` in seconds of the loop's clock."""
        ...

    def shutdown(self) -> None:
        """Finish the request that is being answered, then end; end at once without one."""
        ...

    def abort(self) -> None:
        """End at once, without flushing what is unsent."""
        ...


class Hall:
    """The open connections of one listener, each from its accepted socket to its end.

    One timer looks at all of them, instead of one timer for each part of each request.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._guests: set[Guest] = set()
        self._emptied = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._guests)

    def enter(self, guest: Guest) -> bool:
        """Let a connection in; False when the hall is full."""
        if len(self._guests) >= self.limits.connections:
            return False
        self._guests.add(guest)
        self._emptied.clear()
        return True

    def leave(self, guest: Guest) -> None:
        """A connection has ended; leaving twice does no harm."""
        self._guests.discard(guest)
        if not self._guests:
            self._emptied.set()

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start looking at the deadlines, often enough that none is much exceeded."""
        limits = self.limits
        pause = min(limits.head, limits.body, limits.idle, limits.write, 5.0) / 10

        def sweep() -> None:
            self._timer = loop.call_later(pause, sweep)
            self.sweep(loop.time())

        self._timer = loop.call_later(pause, sweep)

    def sweep(self, now: float) -> None:
        """Let each connection look at its deadlines."""
        for guest in tuple(self._guests):
            guest.check(now)

    async def empty(self) -> None:
        """Ask everybody to leave, and wait until all have."""
        for guest in tuple(self._guests):
            guest.shutdown()
        if self._guests:
            await self._emptied.wait()

    def close(self) -> None:
        """Stop looking, and show everybody out at once."""
        if self._timer is not None:
            self._timer.cancel()
        for guest in tuple(self._guests):
            guest.abort()
