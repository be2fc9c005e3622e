"""Looking into a token that nobody has verified."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gatepass.inspection.lint import Finding, Seen, lint
from gatepass.inspection.parts import ENCRYPTED, SIGNED, Part, opaque, readable
from gatepass.inspection.paste import MAX_CHARACTERS, unwrapped
from gatepass.inspection.times import Moment, seconds_now, timeline
from gatepass.jose import TokenRefused


class Inspection(msgspec.Struct, frozen=True):
    """What a token says. Nothing of it is verified: anyone can have written it.

    Attributes:
        token: what was found in the text.
        encrypted: only its header can be read.
        complete: all parts are there; else the end is missing.
        parts: those that are there, in order.
        timeline: the dates in it, in the order of time.
        findings: what is odd about it, worst first.
        now: seconds since the epoch at which it was looked at.
    """

    token: str
    encrypted: bool
    complete: bool
    parts: tuple[Part, ...]
    timeline: tuple[Moment, ...]
    findings: tuple[Finding, ...]
    now: float

    @property
    def header(self) -> Mapping[str, Any]:
        """The members of the header; empty when it cannot be read."""
        return self.parts[0].values

    @property
    def claims(self) -> Mapping[str, Any]:
        """The claims; empty when they cannot be read, or are not there."""
        return {} if self.encrypted or len(self.parts) < 2 else self.parts[1].values

    def __repr__(self) -> str:
        return f"Inspection({', '.join(part.name for part in self.parts)})"


def inspect(text: str, *, now: float | None = None) -> Inspection:
    """Decode what a person pasted, as far as it goes.

    A token alone, broken over lines or in quotes, with its whole Authorization header,
    in the JSON answer of a sign-in, or only the beginning of one.

    Args:
        now: seconds since the epoch; the wall clock's if not given.

    Raises:
        TokenRefused: malformed_token: there is not even the beginning of a token in it.
        Undecodable: it looks like a JSON answer, and cannot be read.
        Misuse: `now` is no number.
    """
    if not isinstance(text, str) or len(text) > MAX_CHARACTERS:
        raise TokenRefused("malformed_token", detail="no text, or far too long")
    now = seconds_now(now)
    token = unwrapped(text)
    parts, encrypted = _parts(token.split("."))
    claims = None if encrypted or len(parts) < 2 or parts[1].content is not None else parts[1].values
    return Inspection(
        token,
        encrypted,
        len(parts) == len(ENCRYPTED if encrypted else SIGNED),
        parts,
        timeline(claims or {}, now),
        lint(Seen(token, parts, parts[0].values, claims, encrypted, now)),
        now,
    )


def _parts(segments: list[str]) -> tuple[tuple[Part, ...], bool]:
    """The decoded parts, and whether they are those of an encrypted token."""
    header = readable(SIGNED[0], segments[0], last=len(segments) == 1)
    is_header = header.content is None or header.content.lstrip("\ufeff \t\r\n").startswith("{")
    if len(segments) > len(ENCRYPTED) or not is_header:
        raise TokenRefused("malformed_token", detail="it does not begin like a token, or has too many parts")
    encrypted = len(segments) > len(SIGNED) or "enc" in header.values
    names = ENCRYPTED if encrypted else SIGNED
    following = [
        (readable if name == "payload" else opaque)(name, text, last=at == len(segments) < len(names))
        for at, (name, text) in enumerate(zip(names[1:], segments[1:], strict=False), start=2)
    ]
    return (header, *following), encrypted
