"""The life of a token as a line: its dates, the moment it is judged at, and when it is good."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gatepass.inspection import Inspection, Moment, stretches

WIDTH, LEAST = 1_000, 90
"""Of the drawing, in its own units; no stretch is so short that one cannot see it."""

LAST = 253402300799
"""The last second that has a date, in the year 9999."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of the line, from `x` on."""

    x: int
    width: int
    good: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A date on the line.

    Attributes:
        now: the token is judged at this moment.
        moments: the dates of the token that fall on it.
    """

    x: int
    date: str
    now: bool
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Life:
    """The line. Without any date in the token there is the moment of judgement alone."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


def life(seen: Inspection) -> Life:
    """The line of time of a token."""
    line = stretches(seen.timeline, seen.now)
    whole = sum(one.seconds for one in line) or 1
    spare = WIDTH - LEAST * (len(line) - 1)
    widths = [0, *(LEAST + round(spare * one.seconds / whole) for one in line[1:])]
    ends = [sum(widths[: at + 1]) for at in range(len(line))]
    by_name = {moment.claim: moment for moment in seen.timeline}
    marks = (
        Mark(x, date(one.end), "now" in one.names, tuple(by_name[name] for name in one.names if name in by_name))
        for x, one in zip(ends, line, strict=True)
    )
    bars = (Bar(x - width, width, one.good) for x, width, one in list(zip(ends, widths, line, strict=True))[1:])
    return Life(tuple(bars), tuple(marks))


def date(seconds: float) -> str:
    """Seconds since the epoch for people; the number when it is no date."""
    if not 0 <= seconds <= LAST:
        return f"{seconds:.0f}"
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%SZ")
