"""The checks up to the type: form, header, key, signature. Nothing here looks at a payload."""

from typing import Any

import msgspec

from gatepass.inspection.lint.header import LONGEST
from gatepass.inspection.seal import Seal, envelope_refusal
from gatepass.inspection.verdict import Asked, Check, KeyUsed, failed, passed, undecided
from gatepass.inspection.words import shown
from gatepass.jose import Key, KeySet, NotBase64url, TokenRefused, base64url, unverified_header
from gatepass.kernel.decoding import Undecodable

_SHOWN_KIDS = 5
_LONGEST_TYPE = 1_000
"""Characters; no type that is asked for is as long, so a longer one may be cut and is still another."""


class Envelope(msgspec.Struct, frozen=True):
    """What came of the checks.

    Attributes:
        formed: there are three segments, so there is a payload to judge.
        key: None unless the signature is good.
    """

    checks: tuple[Check, ...]
    formed: bool
    key: KeyUsed | None = None


def judge_envelope(token: str, keys: KeySet, asked: Asked, source: str) -> Envelope:
    """Form, header, key, signature and type.

    Args:
        source: where the keys came from.
    """
    try:
        header = unverified_header(token)
    except TokenRefused as refusal:
        return _unreadable(token, refusal, typed=asked.typ is not None)
    refusal_code = getattr(envelope_refusal(keys, token, asked.now), "code", "")
    fitting = [key for key in keys.matching(header["alg"], header.get("kid")) if key.verifies]
    known = _known(refusal_code, header, keys, fitting, source)
    signature = _signature(refusal_code, token)
    made_by = next((key for key in fitting if _made(key, token, asked.now)), None) if not signature.code else None
    checks = (passed("form", "It has header, payload and signature."), passed("header", "It can be read."), known)
    return Envelope(
        (*checks, signature, *_type(header, asked)),
        formed=True,
        key=None if made_by is None else KeyUsed(made_by.kid, made_by.alg, source),
    )


def _unreadable(token: str, refusal: TokenRefused, *, typed: bool) -> Envelope:
    """No header, so there is neither a key nor a type to ask for."""
    malformed = _malformed(token)
    first = (
        (failed("form", refusal.code, malformed), undecided("header", "The token cannot be taken apart."))
        if malformed
        else (
            passed("form", "It has header, payload and signature."),
            failed("header", refusal.code, _broken_rule(refusal)),
        )
    )
    rest = ("key", "signature", "type") if typed else ("key", "signature")
    return Envelope((*first, *(undecided(name, "The header cannot be read.") for name in rest)), not malformed)


def _malformed(token: str) -> str:
    """What is wrong with the form; empty when nothing is."""
    if not isinstance(token, str):
        return "A token is text."
    segments = token.count(".") + 1
    if segments != 3:
        encrypted = ", as an encrypted token has" if segments == 5 else ""
        return f"A signed token has three segments; this has {segments}{encrypted}."
    return (
        "" if token.isascii() and len(token) <= LONGEST else "It is too long, or holds characters that are not ASCII."
    )


def _broken_rule(refusal: TokenRefused) -> str:
    """What the engine tells about a header, in a sentence."""
    detail = refusal.detail.removeprefix("header: ")
    known = {**Undecodable.codes, **NotBase64url.codes}
    return known[detail][1] if detail in known else f"It breaks a rule: {detail}."


def _known(code: str, header: dict[str, Any], keys: KeySet, fitting: list[Key], source: str) -> Check:
    if code == "unknown_key":
        return failed("key", code, _why_unknown(header, keys))
    names = " or ".join("a key without kid" if key.kid is None else f"kid {shown(key.kid)}" for key in fitting)
    bound = " or ".join(sorted({key.alg for key in fitting}))
    return passed("key", f"{names}, bound to {bound}{', from ' + source if source else ''}.")


def _why_unknown(header: dict[str, Any], keys: KeySet) -> str:
    alg, kid = header["alg"], header.get("kid")
    if alg.lower() == "none":
        return "It says that it is not signed (alg none); no key is ever bound to that."
    same = [key for key in keys if kid is not None and key.kid == kid]
    if same and not any(key.verifies for key in same):
        return "The key of that kid is not there to verify signatures."
    if same:
        return f"The key of that kid is bound to {same[0].alg}; the token says {shown(alg)}, and has no say in it."
    if kid is not None:
        known = [shown(key.kid) for key in keys if key.kid is not None][:_SHOWN_KIDS]
        return f"No key has the kid {shown(kid)}; known are {', '.join(known) or 'none'}."
    bound = sorted({key.alg for key in keys})
    return f"It names no kid, and no key, or too many, are bound to {shown(alg)}; keys are for {', '.join(bound)}."


def _signature(code: str, token: str) -> Check:
    if code == "unknown_key":
        return undecided("signature", "There is no key to check it with.")
    if code == "bad_signature":
        return failed("signature", code, "This key did not make it, or header or payload were changed afterwards.")
    try:
        base64url.decode(token.rpartition(".")[2])
    except NotBase64url:
        return failed("signature", "malformed_token", "It is not base64url, or not as one writes it.")
    return passed("signature", "Header and payload are as the holder of the key signed them.")


def _made(key: Key, token: str, now: float) -> bool:
    refusal = envelope_refusal(key, token, now)
    return refusal is None or refusal.code not in ("unknown_key", "bad_signature")


def _type(header: dict[str, Any], asked: Asked) -> tuple[Check, ...]:
    if asked.typ is None:
        return ()
    own = {"typ": header["typ"][:_LONGEST_TYPE]} if "typ" in header else None
    refusal = Seal(asked).refusal(b"{}", own, typ=asked.typ)
    said = f"typ is {shown(header['typ'])}" if "typ" in header else "The header has no typ"
    if refusal is not None:
        return (failed("type", refusal.code, f"{said}; asked for is {asked.typ}."),)
    return (passed("type", f"{said}."),)
