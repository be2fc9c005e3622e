"""What was measured: microseconds by case and round, and what follows from them."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

COLUMNS = ("HS256", "RS256", "ES256", "Ed25519")
ALONE = "ML-DSA-65"


class Row(NamedTuple):
    """One way of doing it: the name of the peer, and the environment it ran in."""

    peer: str
    environment: str = "main"


class Case(NamedTuple):
    """`what` is sign, verify, or hit: verifying a token that was verified before."""

    what: str
    alg: str
    row: Row


CLEARLY = 1.05
"""Less of a lead than this is chance."""

BARE, OURS, TYPED = Row("the bare call"), Row("Gatepass"), Row("Gatepass, Struct")


@dataclass(frozen=True)
class Figures:
    """One run.

    Attributes:
        taken: microseconds of one call, one number for each round; in all cases equally many.
        labels: how a row is called, with its version.
        accepts: which bad tokens a row takes for good, HS256.
        missing: what could not be measured, and why.
        setting: versions of what it all ran on.
    """

    taken: Mapping[Case, Sequence[float]]
    labels: Mapping[Row, str]
    accepts: Mapping[Row, Sequence[str]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    setting: Sequence[str] = ()

    @property
    def rounds(self) -> int:
        """How many there were."""
        return min((len(numbers) for numbers in self.taken.values()), default=0)

    def median(self, case: Case) -> float | None:
        """Microseconds, None if it was not measured."""
        return statistics.median(self.taken[case]) if case in self.taken else None

    def rows(self, what: str, alg: str) -> list[Row]:
        """Who was measured at this, the fastest first."""
        found = [case for case in self.taken if (case.what, case.alg) == (what, alg)]
        return [case.row for case in sorted(found, key=lambda case: statistics.median(self.taken[case]))]

    def ratio(self, theirs: Case, ours: Case) -> float | None:
        """How many times our time they take: the median over rounds, so that both saw the same machine."""
        return self._paired(theirs, ours, lambda a, b: a / b)

    def more(self, ours: Case, theirs: Case) -> float | None:
        """By how many microseconds ours is longer; the median over rounds."""
        return self._paired(ours, theirs, lambda a, b: a - b)

    def lead(self, case: Case) -> float | None:
        """How many times as fast as Gatepass in the same interpreter a peer is; None if not clearly faster."""
        if case.what == "hit" or case.row.peer.startswith((OURS.peer, BARE.peer)):
            return None
        home = "newer" if case.row.environment == "newer" else "main"
        times = self.ratio(Case(case.what, case.alg, OURS._replace(environment=home)), case)
        return times if times is not None and times > CLEARLY else None

    def _paired(self, one: Case, other: Case, by: Callable[[float, float], float]) -> float | None:
        if one not in self.taken or other not in self.taken:
            return None
        return statistics.median(map(by, self.taken[one], self.taken[other]))


def digits(microseconds: float) -> str:
    """A time with as many digits as mean something."""
    places = 2 if microseconds < 1 else 1 if microseconds < 20 else 0
    return f"{microseconds:.{places}f}"


class Goal(NamedTuple):
    """Something that the token engine has to show.

    Attributes:
        text: what, in words.
        seen: the figure, None if it could not be measured.
        bound: what it is held against.
        least: whether `bound` is the least that will do, or the most.
    """

    text: str
    seen: float | None
    bound: float
    least: bool = True

    @property
    def verdict(self) -> str:
        """In one word or three."""
        if self.seen is None:
            return "not measured"
        return "holds" if (self.seen >= self.bound if self.least else self.seen <= self.bound) else "missed"

    @property
    def shown(self) -> str:
        """The figure with its unit."""
        if self.seen is None:
            return "–"
        return f"{self.seen:.1f} times" if self.least else f"{self.seen:.1f} µs"

    @property
    def demanded(self) -> str:
        """The bound with its unit."""
        return f"at least {self.bound:g} times" if self.least else f"at most {self.bound:g} µs"


def goals(figures: Figures) -> list[Goal]:
    """All of them. What the gate and the auth server use are Structs; peers give dicts, so those are held to it too."""
    oxyjwt, pyjwt, fast = Row("oxyjwt"), Row("PyJWT"), Row("fast-jwt", "node")
    found = []
    for ours, kind in ((TYPED, "Struct"), (OURS, "dict")):
        for what, peer, bound in (("verify", oxyjwt, 1.3), ("verify", pyjwt, 10), ("sign", oxyjwt, 1.1)):
            seen = figures.ratio(Case(what, "HS256", peer), Case(what, "HS256", ours))
            found.append(Goal(f"HS256 {what}, {kind}: {peer.peer}'s time by Gatepass's", seen, bound))
    for alg in ("RS256", "ES256"):
        seen = figures.more(Case("verify", alg, OURS), Case("verify", alg, BARE))
        found.append(Goal(f"{alg} verify: more than the bare call", seen, 4, False))
    for theirs, environment, bound in ((fast, "main", 4), (Row("ryjwt", "newer"), "newer", 2)):
        hit = Case("hit", "HS256", TYPED._replace(environment=environment))
        seen = figures.ratio(Case("verify", "HS256", theirs), hit)
        found.append(Goal(f"a token seen before: {theirs.peer}'s verify by Gatepass's", seen, bound))
    return found
