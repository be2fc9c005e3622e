"""Who is here, what they say, and when each of them has to go. No sockets; the time is an argument.

A seat is one socket of one person. Whoever runs the socket hands in what comes (`hear`),
what the gate says about a token (`renew`, `revoke`, `close`), and the time (`tick`), and
sends what it finds in the seat's outbox; when `closing` is set, it closes.

1. Before the token ends, the seat is asked for another one; at the end it is closed.
2. A revoked token mutes its seat at once, in both directions. It has a short while to
   show another one, then it is closed.
3. A message is on disk before anybody reads it.
4. Nobody makes the room grow: people, sockets, messages and outboxes are bounded, and who
   does not keep up, or does not stop, is closed.
"""

import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gatepass import Identity
from gatepass.demo.sites.chat import protocol
from gatepass.demo.sites.chat.log import Log, NotKept, Said
from gatepass.demo.sites.chat.people import Person, person, public_id
from gatepass.demo.sites.chat.protocol import Close, Malformed, Say, Show, problem, written
from gatepass.demo.sites.texts import TextRefused, one_line

SCOPE = "chat:write"
"""What a token must cover to speak; without it one may read."""

SEATS, SEATS_EACH = 64, 5
"""Sockets in the room, and of one person."""

OUTBOX = 64
"""Messages that wait for one socket; as many as are kept on disk must find room."""

ASKED_BEFORE = 30.0
"""Seconds before the end of a token at which another is asked for, or a third of its life if that is less."""

CHANCE = 5.0
"""Seconds in which somebody whose token was revoked may show another one."""

BURST, PER_SECOND, TOLERATED = 8.0, 1.0, 8.0
"""Messages of one person at once, and in the long run; and how many too many end in a close."""


@dataclass(slots=True, eq=False)
class Seat:
    """One socket of one person.

    Attributes:
        wake: called when there is something to send, or to close.
        until: when the token ends; `asks_at`: when another one is asked for.
        outbox: what waits to be sent.
        muted_until: set while the token is revoked.
        read_up_to: id of the last message that was put into the outbox.
        closing: why the socket has to be closed now.
    """

    who: Identity
    person: Person
    wake: Callable[[], None]
    until: float
    asks_at: float
    outbox: deque[str] = field(default_factory=deque)
    asked: bool = False
    muted_until: float | None = None
    read_up_to: int = 0
    closing: Close | None = None

    def takes_part(self, now: float) -> bool:
        """Whether this seat may read and speak at `now`."""
        return self.closing is None and self.muted_until is None and now < self.until


@dataclass(slots=True)
class Budget:
    """How many messages somebody may still send."""

    left: float
    at: float

    def refill(self, now: float) -> float:
        """What is left at `now`."""
        self.left, self.at = min(BURST, self.left + max(0.0, now - self.at) * PER_SECOND), now
        return self.left


class Room:
    """The chat room.

    Args:
        log: where messages are kept.

    Attributes:
        closed: sockets that the room has closed, by reason.
    """

    def __init__(self, log: Log) -> None:
        self.closed = Counter[str]()
        self._log = log
        self._seats: set[Seat] = set()
        self._budgets: dict[tuple[str, str], Budget] = {}
        self._told: list[dict[str, str]] = []

    @property
    def seats(self) -> list[Seat]:
        """All sockets; those that are being closed count until they are gone."""
        return list(self._seats)

    def people(self, now: float) -> list[dict[str, str]]:
        """Who takes part, by name."""
        here = {seat.person.id: seat.person for seat in self._seats if seat.takes_part(now)}
        return [one.shown() for one in sorted(here.values(), key=lambda one: (one.name.lower(), one.id))]

    def messages(self) -> list[dict[str, Any]]:
        """What is kept, oldest first."""
        return [_told(said) for said in self._log.messages()]

    def enter(self, who: Identity, wake: Callable[[], None], now: float) -> Seat:
        """A seat for somebody the gate has let in. If there is none, it is to be closed at once."""
        seat = Seat(who, person(who), wake, *_times(who))
        if (why := self._no_room(seat, now)) is not None:
            self.close(seat, why)
            return seat
        kept = self._log.messages()
        self._seats.add(seat)
        seat.read_up_to = kept[-1].id if kept else 0
        self._put(
            seat,
            written(
                "welcome", you=seat.person.id, messages=[_told(said) for said in kept], **self._standing(seat, now)
            ),
        )
        return seat

    def leave(self, seat: Seat) -> None:
        """The socket is gone."""
        self._seats.discard(seat)

    def hear(self, seat: Seat, text: str, now: float) -> Show | None:
        """What came from a socket.

        Returns:
            A token that the gate has to look at; everything else is done here.
        """
        if self._ended(seat, now):
            return None
        left = self._spend(seat.person, now)
        if left < -TOLERATED:
            self.close(seat, protocol.TOO_MANY_MESSAGES)
            return None
        if len(text.encode("utf-8", "replace")) > protocol.MAX_MESSAGE:
            self.close(seat, protocol.TOO_LONG)
            return None
        try:
            message = protocol.read(text)
        except Malformed:
            self.close(seat, protocol.MALFORMED)
            return None
        if isinstance(message, Show):
            return message
        refused = problem("too_fast") if left < 0 else self._say(seat, message, now)
        if refused is not None:
            self._put(seat, refused)
        return None

    def renew(self, seat: Seat, who: Identity, now: float) -> bool:
        """Another token was shown, and the gate stands by it.

        It must be the same person's, and must not end before a token that is still good.

        Returns:
            Whether it has taken the place of the one before.
        """
        if self._ended(seat, now):
            return False
        if (who.issuer, who.subject) != (seat.person.issuer, seat.person.subject):
            self._put(seat, problem("other_person"))
            return False
        until, asks_at = _times(who)
        if seat.muted_until is None and until < seat.until:
            self._put(seat, problem("ends_sooner"))
            return False
        seat.asked = seat.asked and until <= seat.until
        seat.who, seat.until, seat.asks_at, seat.muted_until = who, until, asks_at, None
        self._put(seat, written("renewed", **self._standing(seat, now)))
        for said in self._log.messages(after=seat.read_up_to):
            self._read(seat, said)
        return True

    def refuse(self, seat: Seat, code: str, sentence: str) -> None:
        """The gate does not stand by a token that was shown; the one before still counts."""
        self._put(seat, problem(code, sentence))

    def revoke(self, seat: Seat, now: float) -> None:
        """The gate does not stand by the seat's token any more: what has not been sent is not sent."""
        if seat.muted_until is None and seat.closing is None:
            seat.muted_until = now + CHANCE
            seat.outbox.clear()
            self._put(seat, written("refresh", why="token_revoked", seconds=math.ceil(CHANCE)))

    def close(self, seat: Seat, why: Close) -> None:
        """End a seat."""
        if seat.closing is None:
            seat.closing = why
            self.closed[why.reason] += 1
            seat.wake()

    def tick(self, now: float) -> None:
        """Time has passed. Call it twice a second or so."""
        for seat in self.seats:
            if not self._ended(seat, now) and seat.muted_until is None:
                self._ask(seat, now)
        self._tell_people(now)
        for key in [key for key, budget in self._budgets.items() if budget.refill(now) == BURST]:
            del self._budgets[key]

    def _no_room(self, seat: Seat, now: float) -> Close | None:
        if self._spend(seat.person, now) < 0:
            return protocol.TOO_MANY_MESSAGES
        if sum(one.person.id == seat.person.id for one in self._seats) >= SEATS_EACH:
            return protocol.TOO_MANY_SOCKETS
        return protocol.ROOM_FULL if len(self._seats) >= SEATS else None

    def _ended(self, seat: Seat, now: float) -> bool:
        """Close a seat whose time has come; whether it is closed, for whatever reason."""
        if seat.muted_until is not None:
            if now >= seat.muted_until:
                self.close(seat, protocol.TOKEN_REVOKED)
        elif now >= seat.until:
            self.close(seat, protocol.TOKEN_EXPIRED)
        return seat.closing is not None

    def _ask(self, seat: Seat, now: float) -> None:
        if not seat.asked and now >= seat.asks_at:
            seat.asked = True
            self._put(seat, written("refresh", why="token_expired", seconds=math.ceil(seat.until - now)))

    def _say(self, seat: Seat, message: Say, now: float) -> str | None:
        """Let all read it; what is in the way, if something is."""
        if seat.muted_until is not None:
            return problem("token_revoked")
        if SCOPE not in seat.who.scopes:
            return problem("insufficient_scope")
        one = seat.person
        try:
            text = one_line(message.text, protocol.MAX_TEXT)
            said = self._log.keep(one.issuer, one.subject, one.name, text, int(now))
        except TextRefused as refused:
            return problem(refused.code, refused.message)
        except NotKept:
            return problem("not_kept")
        for reader in self.seats:
            if reader.takes_part(now):
                self._read(reader, said)
        return None

    def _read(self, seat: Seat, said: Said) -> None:
        seat.read_up_to = said.id
        self._put(seat, written("said", **_told(said)))

    def _tell_people(self, now: float) -> None:
        people = self.people(now)
        if people != self._told:
            self._told = people
            for seat in self.seats:
                if seat.takes_part(now):
                    self._put(seat, written("people", people=people))

    def _standing(self, seat: Seat, now: float) -> dict[str, Any]:
        return {
            "may_speak": SCOPE in seat.who.scopes,
            "until": int(seat.until),
            "seconds": max(0, math.floor(seat.until - now)),
            "people": self.people(now),
        }

    def _spend(self, one: Person, now: float) -> float:
        budget = self._budgets.setdefault((one.issuer, one.subject), Budget(BURST, now))
        budget.left = max(budget.refill(now) - 1, -TOLERATED - 1)
        return budget.left

    def _put(self, seat: Seat, text: str) -> None:
        if len(seat.outbox) >= OUTBOX:
            seat.outbox.clear()
            self.close(seat, protocol.SLOW_READER)
        elif seat.closing is None:
            seat.outbox.append(text)
            seat.wake()


def _told(said: Said) -> dict[str, Any]:
    by = public_id(said.issuer, said.subject)
    return {"id": said.id, "by": by, "name": said.name, "text": said.text, "at": said.at}


def _times(who: Identity) -> tuple[float, float]:
    """When a token ends, and when to ask for another."""
    until, issued_at = who.claims["exp"], who.claims["iat"]
    return until, until - min(ASKED_BEFORE, (until - issued_at) / 3)
