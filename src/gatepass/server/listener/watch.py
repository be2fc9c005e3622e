"""The deadlines of one connection, as a pure state machine: `now` is always passed in."""

from typing import Literal

from gatepass.server.listener.limits import Limits

Phase = Literal["head", "body", "answer", "idle"]
"""What is awaited: the client's headers, its body, our own answer, or its next request."""

NEVER = float("inf")


class Watch:
    """What a connection is waited for, and until when. A new connection owes a request at once.

    Args:
        now: seconds of a clock that never steps back; all other times are of the same.
    """

    __slots__ = ("_due", "_limits", "_write_due", "phase")

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self._write_due = NEVER
        self.await_("head", now)

    def await_(self, phase: Phase, now: float) -> None:
        """From now on, this is awaited. Our own answer has no deadline: the client cannot hasten it."""
        self.phase: Phase = phase
        self._due = now + self._time_for(phase)

    def held(self, now: float) -> None:
        """We stopped reading: the client cannot deliver, so its time starts anew."""
        self.await_(self.phase, now)

    def stuck(self, now: float) -> None:
        """The client does not read: it must make room before the deadline for writing."""
        self._write_due = min(self._write_due, now + self._limits.write)

    def flowing(self) -> None:
        """The client reads again."""
        self._write_due = NEVER

    def late(self, now: float) -> Phase | Literal["write"] | None:
        """What should be here by now and is not; unread output first, as then nothing more can be said."""
        if now >= self._write_due:
            return "write"
        return self.phase if now >= self._due else None

    def _time_for(self, phase: Phase) -> float:
        limits = self._limits
        return {"head": limits.head, "body": limits.body, "answer": NEVER, "idle": limits.idle}[phase]
