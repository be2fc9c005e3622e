"""What a rule is, what it looks at, and what it says."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from gatepass.inspection.parts import Part


class Severity(StrEnum):
    """How bad a finding is, worst first."""

    DANGER = "danger"
    WARNING = "warning"
    NOTE = "note"


class Seen(msgspec.Struct, frozen=True):
    """A token as the rules see it.

    Attributes:
        claims: None when they are encrypted, cut or not there: then nothing is missing in them.
        now: seconds since the epoch.
    """

    token: str
    parts: tuple[Part, ...]
    header: Mapping[str, Any]
    claims: Mapping[str, Any] | None
    encrypted: bool
    now: float

    @property
    def alg(self) -> str:
        """The algorithm the header names; empty when it names none."""
        alg = self.header.get("alg")
        return alg if isinstance(alg, str) else ""

    @property
    def header_read(self) -> bool:
        """Whether the header is there from its first to its last member."""
        return self.parts[0].content is None

    def __repr__(self) -> str:
        return "Seen(…)"


class Rule(msgspec.Struct, frozen=True):
    """One thing that can be odd about a token.

    Attributes:
        id: stable; programs may branch on it.
        text: one sentence that repeats nothing of the token.
        find: the places it applies to; none when the token is fine.
    """

    id: str
    severity: Severity
    text: str
    find: Callable[[Seen], Iterable[str]]


class Finding(msgspec.Struct, frozen=True):
    """A rule that applies.

    Attributes:
        where: names of claims, header members or parts, as they stand in the token.
    """

    id: str
    severity: Severity
    text: str
    where: tuple[str, ...]
