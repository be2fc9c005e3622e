"""The parts of a token, decoded as far as they go."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from pybase64 import b64decode

from gatepass.jose import NotBase64url, base64url
from gatepass.kernel.decoding import Undecodable, decode_json

SIGNED = ("header", "payload", "signature")
"""The parts of a signed token (RFC 7515 section 7.1)."""

ENCRYPTED = ("header", "encrypted key", "initialization vector", "ciphertext", "tag")
"""The parts of an encrypted token (RFC 7516 section 7.1)."""

MAX_BYTES = 1_000_000

_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_TO_URL_FORM = str.maketrans("+/", "-_")

PROBLEMS = {
    "foreign_characters": "It holds characters that base64url does not have.",
    "padded": "It is padded with =, which tokens are not (RFC 7515 section 2).",
    "standard_alphabet": "It is written with + and /, where base64url has - and _.",
    "impossible_length": "No bytes have a base64url text of this length.",
    "unused_bits": "Unused bits of its last character are not zero: this is another text for the same bytes.",
    "bad_json": "It is no valid JSON.",
    "not_an_object": "It is no JSON object, so it holds no claims.",
    "too_deep": "Its JSON is nested too deeply.",
    "duplicate_names": "A name occurs twice: two readers may see two different values.",
}
"""What can be wrong with a part; a strict verifier refuses each of them, but for the last one in a payload."""


class Problem(msgspec.Struct, frozen=True):
    """Something wrong with one part: a stable id, and a sentence."""

    id: str
    text: str


class Member(msgspec.Struct, frozen=True):
    """One member of a header or of the claims."""

    name: str
    value: Any


class Part(msgspec.Struct, frozen=True):
    """One part of a token.

    Attributes:
        name: one of `SIGNED` or `ENCRYPTED`.
        text: as it stands in the token.
        size: of the decoded bytes.
        members: in their order, repeated names too; empty when it is no JSON object.
        content: the decoded text when it should be JSON, but is none.
        cut: the end is missing, as far as one can see.
    """

    name: str
    text: str
    size: int
    members: tuple[Member, ...] = ()
    content: str | None = None
    problems: tuple[Problem, ...] = ()
    cut: bool = False

    @property
    def values(self) -> Mapping[str, Any]:
        """The members by name; of a repeated name the last one counts."""
        return {member.name: member.value for member in self.members}

    @property
    def written(self) -> str:
        """The decoded bytes as text, JSON or not; what is no UTF-8 is replaced."""
        return _decoded(self.text, last=False)[0].decode(errors="replace")

    def __repr__(self) -> str:
        return f"Part({self.name}, {self.size} bytes)"


def opaque(name: str, text: str, *, last: bool) -> Part:
    """A part that is no JSON: a signature, or something encrypted.

    Args:
        last: more may have followed, so a text that breaks off is no mistake.
    """
    data, problems = _decoded(text, last=last)
    return Part(name, text, len(data), problems=_problems(problems))


def readable(name: str, text: str, *, last: bool) -> Part:
    """A part that should be a JSON object.

    Args:
        last: see `opaque`.
    """
    data, problems = _decoded(text, last=last)
    members, problem = _members(data)
    content = None if members is not None else data.decode(errors="replace")
    if last and problem == "bad_json":
        return Part(name, text, len(data), content=content, problems=_problems(problems), cut=True)
    problems += [problem] if problem else []
    return Part(name, text, len(data), members or (), content, _problems(problems))


def _problems(ids: list[str]) -> tuple[Problem, ...]:
    return tuple(Problem(one, PROBLEMS[one]) for one in ids)


def _decoded(text: str, *, last: bool) -> tuple[bytes, list[str]]:
    """The bytes that a lenient reader sees, and what a strict one minds."""
    try:
        return base64url.decode(text), []
    except NotBase64url:
        problems = _spelling(text)
    kept = "".join(char for char in text.translate(_TO_URL_FORM) if char in _ALPHABET)
    odd = len(kept) % 4 == 1
    if not problems:
        problems.append("impossible_length" if odd else "unused_bits")
    if odd:
        kept = kept[:-1]
    if last:
        problems = [one for one in problems if one not in ("impossible_length", "unused_bits")]
    return b64decode(kept + "=" * (-len(kept) % 4), b"-_"), problems


def _spelling(text: str) -> list[str]:
    foreign = set(text) - _ALPHABET
    found = {
        "padded": "=" in foreign,
        "standard_alphabet": bool(foreign & set("+/")),
        "foreign_characters": bool(foreign - set("+/=")),
    }
    return [name for name, there in found.items() if there]


class _Object(dict[str, Any]):
    """A JSON object that still knows its members as they were written."""

    pairs: tuple[Member, ...] = ()


def _members(data: bytes) -> tuple[tuple[Member, ...] | None, str]:
    """The members in order, None when there are none to tell; and the id of what is wrong, if anything."""
    repeated = False

    def keep(pairs: list[tuple[str, Any]]) -> _Object:
        nonlocal repeated
        made = _Object(pairs)
        made.pairs = tuple(Member(name, value) for name, value in pairs)
        repeated |= len(made) != len(pairs)
        return made

    try:
        decode_json(data, max_bytes=MAX_BYTES)
        value = json.loads(data, object_pairs_hook=keep)
    except Undecodable as error:
        return None, "too_deep" if error.code == "too_deep" else "bad_json"
    except (ValueError, RecursionError):  # a number of thousands of digits
        return None, "bad_json"
    if not isinstance(value, _Object):
        return None, "not_an_object"
    return value.pairs, "duplicate_names" if repeated else ""
