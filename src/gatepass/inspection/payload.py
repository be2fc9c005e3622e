"""The checks of the claims. They need no signature: each claim is judged for itself, whoever wrote it."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from gatepass.inspection.seal import MAX_BYTES, Seal
from gatepass.inspection.times import date_of, relative
from gatepass.inspection.verdict import Asked, Check, failed, passed, undecided
from gatepass.inspection.words import shown
from gatepass.jose import NotBase64url, base64url
from gatepass.kernel.decoding import Undecodable, decode_json

TYPES = {
    "iss": "text",
    "sub": "text",
    "aud": "text or a list of texts",
    "exp": "a number of seconds since 1970",
    "nbf": "a number of seconds since 1970",
    "iat": "a number of seconds since 1970",
    "jti": "text",
}
"""What the registered claims must be (RFC 7519 section 4.1), in words."""


def judge_payload(token: str, asked: Asked, *, formed: bool) -> tuple[Check, ...]:
    """Payload, types, required claims, issuer, audience and times.

    Args:
        formed: the token has three segments.
    """
    if not formed:
        return tuple(undecided(name, "The token cannot be taken apart.") for name in _ids(asked))
    try:
        body = base64url.decode(token.split(".")[1])
    except NotBase64url:
        return _unreadable(asked, "malformed_token", "It is not base64url, or not as one writes it.")
    seal = Seal(asked)
    members, refusal = _members(body), seal.refusal(body)
    if members is None or (refusal is not None and refusal.code == "malformed_token"):
        return _unreadable(asked, refusal.code if refusal else "malformed_token", _why_unreadable(body))
    return tuple(_Claims(members, seal, asked).checks())


def _ids(asked: Asked) -> list[str]:
    there = {"issuer": asked.issuer is not None, "audience": asked.audience is not None}
    ids = ("payload", "types", "required", "issuer", "audience", "end", "begin")
    return [name for name in ids if there.get(name, True)]


def _unreadable(asked: Asked, code: str, reason: str) -> tuple[Check, ...]:
    rest = (undecided(name, "The payload cannot be read.") for name in _ids(asked)[1:])
    return (failed("payload", code, reason), *rest)


def _members(body: bytes) -> Mapping[str, msgspec.Raw] | None:
    """The claims by name, each in the very bytes it was written in; None when it is no JSON object."""
    try:
        return decode_json(body, dict[str, msgspec.Raw], max_bytes=MAX_BYTES)
    except Undecodable:
        return None


def _why_unreadable(body: bytes) -> str:
    try:
        value = decode_json(body, max_bytes=MAX_BYTES)
    except Undecodable as error:
        return error.message
    return "It cannot be read." if isinstance(value, dict) else "It is JSON, but no object: it holds no claims."


class _Claims:
    """The claims of one token, judged one by one."""

    def __init__(self, members: Mapping[str, msgspec.Raw], seal: Seal, asked: Asked) -> None:
        self._members, self._seal, self._asked = members, seal, asked
        names = dict.fromkeys((*TYPES, *asked.required))
        self._mistyped = [name for name in names if name in members and self._code(name) == "bad_claim"]

    def checks(self) -> Iterator[Check]:
        """All checks, in the order of the verifier."""
        yield passed("payload", f"It is a JSON object with {len(self._members)} claims.")
        yield self._types()
        yield self._required()
        if self._asked.issuer is not None:
            yield self._issuer(self._asked.issuer)
        if self._asked.audience is not None:
            yield self._audience()
        yield self._end()
        yield self._begin()

    def _code(self, name: str, **rules: Any) -> str:
        """What the engine has against this claim when it is the only one; empty when nothing."""
        alone = msgspec.json.encode({name: self._members[name]})
        refusal = self._seal.refusal(alone, require=(name,), **rules)
        return "" if refusal is None else refusal.code

    def _value(self, name: str) -> Any:
        return decode_json(bytes(self._members[name]), max_bytes=MAX_BYTES)

    def _unclear(self, name: str) -> str:
        """Why nothing can be said about a claim that must be there; empty when something can."""
        if name not in self._members:
            return f"There is no {name}."
        return f"{name} has a wrong type." if name in self._mistyped else ""

    def _types(self) -> Check:
        if not self._mistyped:
            return passed("types", "All registered claims have theirs.")
        wrong = (f"{shown(name)} is not {TYPES.get(name, 'a value')}" for name in self._mistyped)
        return failed("types", "bad_claim", f"{'; '.join(wrong)}.")

    def _required(self) -> Check:
        required = self._asked.required
        missing = [name for name in required if name not in self._members]
        if missing:
            return failed("required", "missing_claim", f"Missing: {', '.join(missing)}.")
        return passed("required", f"There: {', '.join(required)}." if required else "None is asked for.")

    def _issuer(self, issuer: str) -> Check:
        if unclear := self._unclear("iss"):
            return undecided("issuer", unclear)
        said = f"iss is {shown(self._value('iss'))}"
        code = self._code("iss", issuer=issuer)
        return failed("issuer", code, f"{said}; asked for is {issuer}.") if code else passed("issuer", f"{said}.")

    def _audience(self) -> Check:
        if unclear := self._unclear("aud"):
            return undecided("audience", unclear)
        asked, aud = self._asked.audience, self._value("aud")
        said = f"aud is {shown(', '.join(aud) if isinstance(aud, list) else aud)}"
        code = self._code("aud", audience=asked)
        wanted = asked if isinstance(asked, str) else " or ".join(asked or ())
        return failed("audience", code, f"{said}; asked for is {wanted}.") if code else passed("audience", f"{said}.")

    def _end(self) -> Check:
        if "exp" not in self._members and "exp" not in self._asked.required:
            return passed("end", "It has no exp: it never ends.")
        if unclear := self._unclear("exp"):
            return undecided("end", unclear)
        code = self._code("exp")
        said = self._time("exp", "It expired" if code else "It expires")
        return failed("end", code, said) if code else passed("end", said)

    def _begin(self) -> Check:
        if "nbf" not in self._members and "nbf" not in self._asked.required:
            return passed("begin", "It has no nbf: it is good at once.")
        if unclear := self._unclear("nbf"):
            return undecided("begin", unclear)
        code = self._code("nbf")
        said = self._time("nbf", "It becomes valid" if code else "It is valid since")
        return failed("begin", code, said) if code else passed("begin", said)

    def _time(self, name: str, words: str) -> str:
        at, leeway = self._value(name), self._asked.leeway
        slack = f", with {leeway:g} s for clocks that differ" if leeway else ""
        return f"{words} {date_of(at)}, {relative(at - self._asked.now)}{slack}."
