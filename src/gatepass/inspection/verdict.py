"""What is asked of a token, the verdict, and the checks behind it."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

import msgspec


class Asked(msgspec.Struct, frozen=True):
    """What a verifier is told to ask; names and meaning are those of `jose.Verifier`.

    Attributes:
        now: seconds since the epoch at which the token is judged.
    """

    issuer: str | None
    audience: str | Collection[str] | None
    typ: str | None
    require: Collection[str]
    leeway: float
    now: float

    @property
    def required(self) -> tuple[str, ...]:
        """All claims that must be there."""
        asked = {"iss": self.issuer, "aud": self.audience}
        return tuple(dict.fromkeys([*(name for name, value in asked.items() if value is not None), *self.require]))


class Outcome(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"


class Check(msgspec.Struct, frozen=True):
    """One thing a strict verifier asks of a token.

    Attributes:
        id: stable name of the check.
        asked: what must hold, in a few words.
        reason: why it passed, failed, or cannot be decided; it may repeat words of the token.
        code: of the refusal it leads to; empty unless it failed.
    """

    id: str
    asked: str
    outcome: Outcome
    reason: str
    code: str = ""


class KeyUsed(msgspec.Struct, frozen=True):
    """The key that made the signature.

    Attributes:
        alg: the one algorithm it is bound to.
        source: where it came from, as the caller of `judge` says.
    """

    kid: str | None
    alg: str
    source: str


class Verdict(msgspec.Struct, frozen=True):
    """What a strict verifier says to a token.

    Attributes:
        code: of the refusal (`TokenRefused`); empty when it is accepted.
        message: the refusal in a sentence.
        checks: all of them, in the order of `jose.Verifier`; one that does not depend on a
            failed one is decided even so.
        key: None unless the signature is good.
        claims: empty unless the token is accepted.
    """

    accepted: bool
    code: str
    message: str
    checks: tuple[Check, ...]
    key: KeyUsed | None
    claims: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Verdict({self.code or 'accepted'})"


CHECKS = {
    "form": "three segments",
    "header": "a header that keeps the rules",
    "key": "a key that is known here",
    "signature": "a good signature",
    "type": "the right type of token",
    "payload": "a readable payload",
    "types": "claims of the right types",
    "required": "all required claims",
    "issuer": "the right issuer",
    "audience": "the right audience",
    "end": "not expired",
    "begin": "valid already",
    "gate": "nothing else that a gate minds",
}
"""The checks, in their order, by id; the last one is a gate's, not the verifier's."""


def passed(name: str, reason: str) -> Check:
    """The check of that id, passed."""
    return Check(name, CHECKS[name], Outcome.PASSED, reason)


def failed(name: str, code: str, reason: str) -> Check:
    """The check of that id, failed with the code of the refusal."""
    return Check(name, CHECKS[name], Outcome.FAILED, reason, code)


def undecided(name: str, reason: str) -> Check:
    """The check of that id, which something else keeps from being decided."""
    return Check(name, CHECKS[name], Outcome.UNDECIDED, reason)
