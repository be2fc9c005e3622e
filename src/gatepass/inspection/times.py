"""The dates in a token, as dates and as distances from now."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import msgspec

from gatepass.kernel import clock
from gatepass.kernel.errors import Misuse

LATEST = 253402300799
"""The last second of the year 9999: what lies after it is no date."""

LABELS = {"auth_time": "signed in", "iat": "issued", "nbf": "valid from", "exp": "expires"}
"""The claims that are dates (RFC 7519 section 4.1, OpenID Connect Core section 2), in words."""

_FARTHEST = 10**15
"""Seconds; a time to judge at may lie beyond every date, but not where arithmetic ends."""

_DIGITS = 12
"""Of a time to judge at; with one more it would lie far beyond every date."""

_UNITS = (("y", 31_557_600), ("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


class Moment(msgspec.Struct, frozen=True):
    """A date in a token.

    Attributes:
        claim: its name, such as `exp`.
        label: what it means, such as `expires`.
        at: seconds since the epoch.
        date: UTC, for people.
        from_now: seconds; negative in the past.
        relative: the same for people: `in 4 min`, `3 d 2 h ago`.
    """

    claim: str
    label: str
    at: float
    date: str
    from_now: float
    relative: str


class Stretch(msgspec.Struct, frozen=True):
    """The time from one mark on the line of time to the next.

    Attributes:
        end: seconds since the epoch, whole ones, of the mark it ends at; `names`: the claims of
            that date, and `now`.
        seconds: its length; 0 for the first mark, before which nothing lies.
        good: the token is valid in it, as far as its dates say.
    """

    end: int
    names: tuple[str, ...]
    seconds: int
    good: bool


def stretches(moments: Iterable[Moment], now: float) -> tuple[Stretch, ...]:
    """The line of time: the dates in their order, with now among them, and what lies between."""
    marks: dict[int, list[str]] = {}
    dates = {moment.claim: moment.at for moment in moments}
    for name, at in sorted({**dates, "now": now}.items(), key=lambda mark: mark[1]):
        marks.setdefault(int(at), []).append(name)
    begin, end = dates.get("nbf", dates.get("iat", 0)), dates.get("exp", float("inf"))
    first, *_ = marks
    following = (
        Stretch(stop, tuple(marks[stop]), stop - start, int(begin) <= start and stop <= end)
        for start, stop in pairwise(marks)
    )
    return (Stretch(first, tuple(marks[first]), 0, good=False), *following)


def point_in_time(text: str, now: float) -> float:
    """`+25h`, `-5m`, or seconds since the epoch, as seconds since the epoch.

    Raises:
        Misuse: it is none of these.
    """
    sign = {"+": 1, "-": -1}.get(text[:1])
    try:
        if sign is not None:
            return now + sign * clock.seconds(text[1:])
    except Misuse:
        text = ""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise Misuse("write +25h, -5m, or seconds since 1970.")
    return float(text)


def seconds_now(now: float | None) -> float:
    """`now`, or what the wall clock says.

    Raises:
        Misuse: it is no number of seconds.
    """
    if now is None:
        return clock.now()
    if isinstance(now, bool) or not isinstance(now, int | float) or not abs(now) <= _FARTHEST:
        raise Misuse("now is a number of seconds since 1970.")
    return now


def timeline(claims: Mapping[str, Any], now: float) -> tuple[Moment, ...]:
    """The dates among the claims, in the order of time. What is no date is left out."""
    found = [
        Moment(claim, label, at, date_of(at), at - now, relative(at - now))
        for claim, label in LABELS.items()
        if (at := date(claims.get(claim))) is not None
    ]
    return tuple(sorted(found, key=lambda moment: moment.at))


def date(value: Any) -> float | None:
    """`value` if it is a date as tokens write them (RFC 7519 section 2), else None."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= LATEST else None


def date_of(seconds: float) -> str:
    """Seconds since the epoch, up to `LATEST`, as UTC text."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def relative(seconds: float) -> str:
    """A distance from now: `in 4 min 59 s`, `3 d ago`, `now`."""
    if abs(seconds) < 1:
        return "now"
    return f"in {duration(seconds)}" if seconds > 0 else f"{duration(seconds)} ago"


def duration(seconds: float) -> str:
    """A length of time in its two largest units; the sign is left out."""
    rest = abs(int(seconds))
    said: list[str] = []
    for unit, length in _UNITS:
        count, rest = divmod(rest, length)
        if count or said or unit == "s":
            said.append(f"{count} {unit}" if count or not said else "")
    return " ".join(part for part in said[:2] if part)
