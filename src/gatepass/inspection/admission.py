"""What a gate says to a token: the verdict of a strict verifier, and what else a gate minds."""

from typing import TYPE_CHECKING, Union

import msgspec

from gatepass.inspection.judge import judge
from gatepass.inspection.times import seconds_now
from gatepass.inspection.verdict import Check, Verdict, failed, passed, undecided
from gatepass.jose import KeySet
from gatepass.kernel.errors import GatepassError, Misuse, Unavailable

if TYPE_CHECKING:
    from gatepass.gate import Gate, Identity

Answer = Union["Identity", GatepassError, None]
"""Whom a gate lets in, or why it does not; None when it would have to ask somebody first."""


class Admission(msgspec.Struct, frozen=True):
    """What a gate says to a token that was just sent to it.

    Attributes:
        who: whom it lets in; None when it lets nobody in, or was not allowed to ask.
        refusal: why not; None when nothing speaks against the token.
        checks: all of them: the verifier's, and `gate` for the rest.
        verdict: the verifier's.
    """

    who: "Identity | None"
    refusal: GatepassError | None
    checks: tuple[Check, ...]
    verdict: Verdict

    def __repr__(self) -> str:
        return f"Admission({self.refusal.code if self.refusal else 'accepted'})"


def admit(
    token: str,
    keys: KeySet,
    *,
    issuer: str,
    audience: str,
    typ: str | None,
    ask: bool,
    now: float | None = None,
    source: str = "",
) -> Admission:
    """Judge a token as `Gate(trust=…, audience=…, typ=…)` does, with every check listed.

    Args:
        token, now, source: as for `judge`.
        keys, issuer: whose word counts, and by which keys one knows it.
        audience, typ: as for `Gate`.
        ask: whether the issuer may be asked for its status list, when only that is open.
            This blocks, and no event loop may run in the thread. Without it nothing is fetched.

    Raises:
        Misuse: the settings are such that no gate can be made of them.
    """
    # Only who judges pays for loading the gate; looking into tokens does without.
    from gatepass.gate import Gate, Issuer
    from gatepass.gate.claims import required_claims

    at = seconds_now(now)
    trust, required = Issuer(issuer, keys), required_claims(typ)
    gate = Gate(trust=trust, audience=audience, typ=typ, accept=[_Pasted(token)], clock=lambda: at)
    verdict = judge(token, keys, issuer=issuer, audience=audience, typ=typ, require=required, now=at, source=source)
    answer = _answer(gate, at, ask=ask)
    refusal = answer if isinstance(answer, GatepassError) else None
    who = None if isinstance(answer, GatepassError) else answer
    return Admission(who, refusal, (*verdict.checks, _beyond(verdict, answer)), verdict)


class _Pasted:
    """The token as it is: a header could not hold every text, and would lose spaces around it."""

    scheme = "pasted"
    ambient = False

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self, view: object) -> str:
        """Whatever the request is."""
        return self._token


def _answer(gate: "Gate", at: float, *, ask: bool) -> Answer:
    import asyncio

    from gatepass.gate import Identity, Requirement
    from gatepass.http.view import RequestView

    view, anybody = RequestView(), Requirement(clients=True)
    try:
        found = asyncio.run(gate.admit(view, anybody)) if ask else gate.check(view, anybody, now=at)
    except Misuse:
        raise
    except GatepassError as refusal:
        return refusal
    return found if isinstance(found, Identity) else None


def _beyond(verdict: Verdict, answer: Answer) -> Check:
    """What a gate minds beyond the verifier, such as a token bound to a key that it cannot ask for."""
    if answer is None:
        return undecided("gate", "Its issuer would have to be asked whether it was taken back, which is not done here.")
    if not isinstance(answer, GatepassError):
        return passed("gate", f"A gate takes it: {answer.kind} {answer.subject}.")
    if not verdict.accepted:
        return undecided("gate", "A gate looks no further.")
    if isinstance(answer, Unavailable):
        return undecided("gate", answer.message)
    return failed("gate", answer.code, answer.message)
