"""What a step has to show beside its requests. Values; a terminal prints them, the hub draws them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lines:
    """Text as it is, such as bytes on a wire or what a command printed."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A token with its three parts told apart and decoded."""

    title: str
    token: str


@dataclass(frozen=True, slots=True)
class Beside:
    """Two texts that are to be compared, such as two signatures."""

    title: str
    left_is: str
    left: str
    right_is: str
    right: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in the life of a token.

    Attributes:
        after: seconds since it was issued.
        verdict: what a verifier says then: `accepted`, or the code of the refusal.
    """

    after: int
    says: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A token's life, from one moment to the next."""

    title: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading; the first cell of each says what the row is about."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Sight = Lines | Token | Beside | Timeline | Table
