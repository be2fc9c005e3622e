"""What a decision still needs to know, and what has been found out for it.

The core decides without I/O. Where it cannot, it says what is missing; a shell, async
or blocking, finds that out and asks again. Each thing is missing once per request.
"""

from dataclasses import dataclass, field
from typing import Protocol

from gatepass.gate.identity import Identity
from gatepass.gate.keys import HeldKeys
from gatepass.gate.strategy import Strategy


class KeySource(Protocol):
    """Whoever publishes the keys of an issuer."""

    held: HeldKeys

    async def refresh(self, now: float) -> None:
        """Ask for the keys and wait until `held` knows the answer."""

    async def renew(self, now: float) -> None:
        """Ask for the keys; what takes long goes on while requests are served with the old ones."""


class LiveIssuer(Protocol):
    """An issuer that can tell at once whether a session still stands."""

    async def is_live(self, identity: Identity, /) -> bool:
        """Whether the session behind `identity` has not ended."""


@dataclass(frozen=True, slots=True)
class NeedBody:
    """The body of the request."""


@dataclass(frozen=True, slots=True)
class NeedKeys:
    """The issuer's present keys."""

    source: KeySource


@dataclass(frozen=True, slots=True)
class NeedAnswer:
    """What a strategy of somebody's own says."""

    strategy: Strategy


@dataclass(frozen=True, slots=True)
class NeedLive:
    """Whether a session still stands."""

    issuer: LiveIssuer
    identity: Identity


Need = NeedBody | NeedKeys | NeedAnswer | NeedLive
BODY = NeedBody()


@dataclass(slots=True)
class Answered:
    """What a strategy said, and whether it read a cookie for it."""

    identity: Identity | None
    ambient: bool


@dataclass(slots=True)
class Known:
    """What a shell has found out for one request.

    Attributes:
        asked: sources that were asked for their keys, by `id`.
        answers: what strategies said, by the `id` of the strategy.
        live: whether the session still stands; None when nobody asked.
    """

    asked: set[int] = field(default_factory=set)
    answers: dict[int, Answered] = field(default_factory=dict)
    live: bool | None = None


NOTHING = Known()
"""What is known of every request at first. Nobody writes into it."""
