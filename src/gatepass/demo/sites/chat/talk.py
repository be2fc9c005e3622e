"""The WebSocket endpoint: the gate at the door, a seat in the room, and one watch over all of them."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from gatepass import GatepassError, Identity, Refused, Unavailable
from gatepass.demo.clock import now
from gatepass.demo.sites.chat import protocol
from gatepass.demo.sites.chat.room import Room, Seat
from gatepass.starlette import Gate

EVERY = 0.5
"""Seconds between two looks at the clock, and at what the gate says of each token."""

Pause = Callable[[float], Awaitable[None]]


class Line:
    """One socket: how it is woken, and by what it is known."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.credential: WebSocket | str = socket  # its handshake, or a token that was shown since
        self.woken = asyncio.Event()


class Talk:
    """The endpoint.

    Args:
        gate: lets people in, and is asked about their tokens again and again.
        now: the time; `pause`: waits some seconds.

    Attributes:
        route: where it is.
    """

    def __init__(self, room: Room, gate: Gate, *, now: Callable[[], float] = now, pause: Pause = asyncio.sleep) -> None:
        self._room = room
        self._now = now
        self._pause = pause
        self._lines: dict[Seat, Line] = {}
        self._watching: asyncio.Task[None] | None = None
        self._gate = gate
        self.route = WebSocketRoute("/talk", gate.require()(self.talk))

    async def talk(self, socket: WebSocket) -> None:
        """One socket, from its beginning to its end. The gate has looked at the handshake.

        A cookie travels with handshakes that other sites start, too; the gate refuses those
        (cross-site WebSocket hijacking).
        """
        who: Identity = socket.state.identity
        if not who.claims:
            await socket.close()  # before the accept, so it is refused: a session does not say when it ends
            return
        await socket.accept()
        line = Line(socket)
        seat = self._room.enter(who, line.woken.set, self._now())
        self._lines[seat] = line
        self._watch()
        try:
            async with asyncio.TaskGroup() as tasks:
                writing = tasks.create_task(_write(seat, line))
                await self._listen(seat, line)
                writing.cancel()
        finally:
            self._room.leave(seat)
            del self._lines[seat]

    async def turn(self) -> None:
        """What has to be done every half second: look at the clock, and ask the gate about each token."""
        self._room.tick(self._now())
        for seat, line in list(self._lines.items()):
            if seat.takes_part(self._now()):
                await self._check(seat, line)

    async def _listen(self, seat: Seat, line: Line) -> None:
        while (message := await line.socket.receive())["type"] != "websocket.disconnect":
            text = message.get("text")
            if text is None:
                self._room.close(seat, protocol.TEXT_ONLY)
                continue
            shown = self._room.hear(seat, text, self._now())
            if shown is not None:
                await self._show(seat, line, shown.token)

    async def _show(self, seat: Seat, line: Line, token: str) -> None:
        try:
            found = await self._gate.identify(token)
        except (Refused, Unavailable) as refusal:
            self._room.refuse(seat, refusal.code, refusal.message)
        else:
            if self._room.renew(seat, found, self._now()):
                line.credential = token

    async def _check(self, seat: Seat, line: Line) -> None:
        """Ask the gate about the token of a seat. It holds the status list, so that costs microseconds."""
        credential = line.credential
        refusal = await self._refusal(credential)
        if refusal is None or line.credential is not credential:
            return
        if isinstance(refusal, Unavailable):
            # The gate has waited as long as it may. Nobody was signed out, so another try makes sense.
            self._room.close(seat, protocol.STATUS_UNKNOWN)
        elif refusal.code != "token_expired":
            # A key that was withdrawn takes back its tokens like a sign-out.
            self._room.revoke(seat, self._now())

    async def _refusal(self, credential: WebSocket | str) -> GatepassError | None:
        try:
            await self._gate.identify(credential)
        except (Refused, Unavailable) as refusal:
            return refusal
        return None

    def _watch(self) -> None:
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._turns())

    async def _turns(self) -> None:
        try:
            while self._lines:
                await self._pause(EVERY)
                await self.turn()
        finally:
            # Whatever has happened: nobody stays who is not watched.
            for seat in self._lines:
                self._room.close(seat, protocol.STATUS_UNKNOWN)


async def _write(seat: Seat, line: Line) -> None:
    with contextlib.suppress(WebSocketDisconnect, WebSocketDisconnected):
        while seat.closing is None:
            await line.woken.wait()
            line.woken.clear()
            while seat.outbox:
                await line.socket.send_text(seat.outbox.popleft())
        await line.socket.close(*seat.closing)
