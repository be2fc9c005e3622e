"""What a decision still needs to know, and what has been found out for it.

The core decides without I/O. Where it cannot, it says what is missing; a shell, async
or blocking, finds that out and asks again. Each thing is missing once per request.
"""

from typing import Any, Protocol

import msgspec

from gatepass.gate.identity import Identity
from gatepass.gate.keys import HeldKeys
from gatepass.gate.strategy import Strategy


class Source(Protocol):
    """Whoever publishes something that the decision rests on."""

    async def refresh(self, now: float) -> None:
        """Ask for it, and wait until the answer is held."""

    async def renew(self, now: float) -> None:
        """Ask for it; what takes long goes on while requests are served with what is held."""


class KeySource(Source, Protocol):
    """Whoever publishes the keys of an issuer."""

    held: HeldKeys[Any]


class LiveIssuer(Protocol):
    """An issuer that can tell at once whether a session still stands."""

    async def is_live(self, identity: Identity, /) -> bool:
        """Whether the session behind `identity` has not ended."""


class NeedBody(msgspec.Struct, frozen=True):
    """The body of the request."""


class NeedKeys(msgspec.Struct, frozen=True):
    """The issuer's present keys."""

    source: KeySource


class NeedStatus(msgspec.Struct, frozen=True):
    """A status list of the issuer."""

    source: Source


class NeedAnswer(msgspec.Struct, frozen=True):
    """What a strategy of somebody's own says."""

    strategy: Strategy


class NeedLive(msgspec.Struct, frozen=True):
    """Whether a session still stands."""

    issuer: LiveIssuer
    identity: Identity


Need = NeedBody | NeedKeys | NeedStatus | NeedAnswer | NeedLive
BODY = NeedBody()


class Answered(msgspec.Struct, frozen=True):
    """What a strategy said, and whether it read a cookie for it."""

    identity: Identity | None
    ambient: bool


class Known(msgspec.Struct):
    """What a shell has found out for one request.

    Attributes:
        asked: sources that were asked, by `id`.
        answers: what strategies said, by the `id` of the strategy.
        live: whether the session still stands; None when nobody asked.
    """

    asked: set[int] = msgspec.field(default_factory=set)
    answers: dict[int, Answered] = msgspec.field(default_factory=dict)
    live: bool | None = None


NOTHING = Known()
"""What is known of every request at first. Nobody writes into it."""
