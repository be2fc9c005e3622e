"""What a budget is, and one key's state in it."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries per key, until a period after the first of them is over.

    Attributes:
        name: of the budget, as metrics show it; one name means one limit.
        tries: per period.
        period: seconds.
    """

    name: str
    tries: int
    period: int


class Charge(NamedTuple):
    """One try, counted against one key of one budget."""

    limit: Limit
    key: bytes


class Told(NamedTuple):
    """What a process knows about a charge, for the cache.

    Attributes:
        used: tries that it knows of.
        left: seconds until its window ends; the whole period when it knows of none.
        owed: of `used`, tries that the cache was not told yet; negative when some were given back.
        mark: the cache's memory mark under which it heard of them; 0 when it never did.
    """

    charge: Charge
    used: int
    left: float
    owed: int
    mark: int


class Counted(NamedTuple):
    """What the cache knows about a charge: tries used, and seconds until the window ends."""

    used: int
    left: float


class Answer(NamedTuple):
    """What the cache did.

    Attributes:
        mark: its memory mark (see `scripts`).
        spent: index of the first charge that has no try left, so that none was used; None when there is none.
        counts: what it knows now, per charge.
    """

    mark: int
    spent: int | None
    counts: list[Counted]
