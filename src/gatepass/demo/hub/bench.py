"""The tamper bench: a token taken apart, changed by hand, and put together again."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gatepass import Key
from gatepass.inspection import Inspection

YEAR = 31_536_000
_LINES = (("\r\n", "\n"), ("\r", "\n"), ("\0", "\ufffd"))
"""What browsers make of line ends in a text field, and of NUL."""


@dataclass(frozen=True, slots=True)
class Loose:
    """The parts of a token as a person edits them: the JSON of header and payload, the signature as it is."""

    header: str
    payload: str
    signature: str


def mark(token: str) -> str:
    """Tells on a page which token the parts on the bench were taken from."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()[:16]


def fits(seen: Inspection) -> bool:
    """Whether it has the three parts that can be taken apart."""
    return seen.complete and not seen.encrypted


def taken_apart(seen: Inspection) -> Loose:
    """The parts of a token that `fits`."""
    header, payload, signature = seen.parts
    return Loose(header.written, payload.written, signature.text)


def put_together(seen: Inspection, loose: Loose) -> str:
    """The token made of these parts.

    A part that nobody touched stands for the very characters it came from: one JSON text
    can be written in many ways, and only one of them was signed.
    """
    was = taken_apart(seen)
    pairs = zip((was.header, was.payload), (loose.header, loose.payload), seen.parts, strict=False)
    first = (part.text if _typed(now) == _typed(before) else _encoded(_typed(now)) for before, now, part in pairs)
    return ".".join((*first, "".join(loose.signature.split())))


def _typed(text: str) -> str:
    for one, other in _LINES:
        text = text.replace(one, other)
    return text


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode(errors="replace")).decode().rstrip("=")


# The classic attacks. Each begins with the token as it was, and fills the fields; nothing more happens.


def _members(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _with(text: str, **changed: Any) -> str:
    """The JSON object with other values; unchanged when it is none."""
    members = _members(text)
    return json.dumps(members | changed, separators=(",", ":"), ensure_ascii=False) if members else text


def _flipped(loose: Loose, key: Key | None) -> Loose:
    subject = _members(loose.payload).get("sub")
    if isinstance(subject, str) and subject:
        return replace(loose, payload=_with(loose.payload, sub=_other(subject[0]) + subject[1:]))
    return replace(loose, signature=_other(loose.signature[:1]) + loose.signature[1:])


def _other(char: str) -> str:
    return "b" if char == "a" else "a"


def _unsigned(loose: Loose, key: Key | None) -> Loose:
    return replace(loose, header=_with(loose.header, alg="none"), signature="")


def _confused(loose: Loose, key: Key | None) -> Loose:
    """Signs with the public key as if it were a shared secret: everybody knows it."""
    swapped = replace(loose, header=_with(loose.header, alg="HS256"))
    if key is None or key.symmetric:
        return swapped
    text = f"{_encoded(swapped.header)}.{_encoded(swapped.payload)}"
    made = hmac.digest(key.public().pem().encode(), text.encode(), "sha256")
    return replace(swapped, signature=urlsafe_b64encode(made).decode().rstrip("="))


def _longer(loose: Loose, key: Key | None) -> Loose:
    end = _members(loose.payload).get("exp")
    if not isinstance(end, int | float):
        return loose
    return replace(loose, payload=_with(loose.payload, exp=end + YEAR))


def _bare(loose: Loose, key: Key | None) -> Loose:
    return replace(loose, signature="")


@dataclass(frozen=True, slots=True)
class Attack:
    """One that has worked somewhere.

    Attributes:
        hint: what is tried, one sentence.
        change: from the parts as they were; the key is that of the one who is trusted, if there is one.
    """

    title: str
    hint: str
    change: Callable[[Loose, Key | None], Loose]


ATTACKS = {
    "flip": Attack("Change one character", "Be somebody else.", _flipped),
    "none": Attack("alg none", "Say that no signature is needed.", _unsigned),
    "hs256": Attack("alg HS256", "Sign with the public key as if it were a secret.", _confused),
    "year": Attack("One year more", "Let it end later.", _longer),
    "unsign": Attack("Drop the signature", "Leave out what cannot be forged.", _bare),
}
"""By name, in the order of the page."""
