"""Judging a token as `jose.Verifier` does, and telling everything that is wrong with it."""

from collections.abc import Collection
from typing import Any

from gatepass.inspection.envelope import judge_envelope
from gatepass.inspection.payload import judge_payload
from gatepass.inspection.times import seconds_now
from gatepass.inspection.verdict import Asked, Verdict
from gatepass.jose import Key, KeySet, TokenRefused, Verifier


def judge(
    token: str,
    keys: KeySet | Key,
    *,
    issuer: str | None,
    audience: str | Collection[str] | None,
    typ: str | None,
    now: float | None = None,
    leeway: float = 0,
    require: Collection[str] = ("exp",),
    source: str = "",
) -> Verdict:
    """The verdict of a strict verifier, with every check listed.

    The verdict is the verifier's own. The list is found by asking it about one thing at
    a time; the first check that failed is the one it refuses for. Keys in the token are
    never used.

    Args:
        token: the token alone, as it would be sent.
        keys, issuer, audience, typ, leeway, require: as for `jose.Verifier`; what is None is not listed.
        now: seconds since the epoch; the wall clock's if not given.
        source: where the keys came from; repeated in the verdict.

    Raises:
        Misuse: `now` is no number, or the settings are such that no verifier can be made of them.
    """
    now = seconds_now(now)
    verifier = Verifier(keys, issuer=issuer, audience=audience, typ=typ, require=require, leeway=leeway)
    claims, refusal = _decision(verifier, token, now)
    asked = Asked(issuer, audience, typ, require, leeway, now)
    envelope = judge_envelope(token, verifier.keys, asked, source)
    return Verdict(
        refusal is None,
        "" if refusal is None else refusal.code,
        "" if refusal is None else refusal.message,
        (*envelope.checks, *judge_payload(token, asked, formed=envelope.formed)),
        envelope.key,
        claims,
    )


def _decision(verifier: Verifier[dict[str, Any]], token: str, now: float) -> tuple[dict[str, Any], TokenRefused | None]:
    try:
        return verifier.verify(token, now=now), None
    except TokenRefused as refusal:
        return {}, refusal
