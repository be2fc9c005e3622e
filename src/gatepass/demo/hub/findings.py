"""What was found out about one token, and about two of them side by side."""

from dataclasses import dataclass

from gatepass import GatepassError
from gatepass.demo.hub.trusts import Trusted
from gatepass.errors import Unavailable
from gatepass.inspection import Admission, Check, Finding, Inspection, inspect


@dataclass(frozen=True, slots=True)
class Looked:
    """A token, and what was said to it.

    Attributes:
        seen: None when it cannot be taken apart; says: why not.
        said: None when nobody was trusted.
    """

    token: str
    seen: Inspection | None
    says: str
    said: Admission | None

    @property
    def verdict(self) -> str:
        """One of accepted, refused, undecided; empty when nobody was asked."""
        if self.said is None:
            return ""
        if self.said.refusal is None:
            return "accepted" if self.said.who else "undecided"
        return "undecided" if isinstance(self.said.refusal, Unavailable) else "refused"


@dataclass(frozen=True, slots=True)
class Pair:
    """One check, of the token as it was and as it was changed."""

    before: Check
    after: Check

    @property
    def falls(self) -> bool:
        """Whether the change made a difference to it."""
        return self.before.outcome != self.after.outcome


@dataclass(frozen=True, slots=True)
class Beside:
    """Two tokens side by side: the checks in their order, and the findings that are new."""

    pairs: tuple[Pair, ...]
    new: tuple[Finding, ...]


def looked(token: str, trust: Trusted | None, at: float) -> Looked:
    """What a token says, and what is said to it."""
    said = trust.judge(token, at) if trust else None
    try:
        return Looked(token, inspect(token, now=at), "", said)
    except GatepassError as refused:
        return Looked(token, None, refused.message, said)


def beside(before: Looked, after: Looked) -> Beside:
    """What differs between a token and what was made of it."""
    checks = (before.said.checks, after.said.checks) if before.said and after.said else ((), ())
    pairs = tuple(Pair(one, other) for one, other in zip(*checks, strict=True))
    known = {(one.id, one.where) for one in before.seen.findings} if before.seen else set()
    found = after.seen.findings if after.seen else ()
    return Beside(pairs, tuple(one for one in found if (one.id, one.where) not in known))
