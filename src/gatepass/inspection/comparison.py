"""What differs between two tokens."""

import json
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from gatepass.inspection.inspector import Inspection, inspect
from gatepass.inspection.times import LABELS, date

Place = Literal["header", "payload"]
Kind = Literal["added", "removed", "changed"]


class Difference(msgspec.Struct, frozen=True):
    """One member that the two do not have alike.

    Attributes:
        kind: `added` is only in the second, `removed` only in the first.
        before: value in the first; None when it has none.
        after: value in the second; None when it has none.
        later: for a date that changed: how many seconds later it is in the second.
    """

    place: Place
    name: str
    kind: Kind
    before: Any = None
    after: Any = None
    later: float | None = None


class Comparison(msgspec.Struct, frozen=True):
    """Two tokens side by side. Nothing of them is verified.

    Attributes:
        same: the two are one and the same text.
        differences: of header and claims, in the order of the first, then of the second.
        alike: how many members they share.
        readable: both have a payload that can be read; else only the headers were compared.
    """

    same: bool
    differences: tuple[Difference, ...]
    alike: int
    readable: bool

    def __repr__(self) -> str:
        return f"Comparison({len(self.differences)} differences)"


def compare(first: str, second: str) -> Comparison:
    """The differences between two tokens, in any wrapping that `inspect` takes.

    Raises:
        TokenRefused, Undecodable: as `inspect`, for either.
    """
    one, other = inspect(first), inspect(second)
    readable = _readable(one) and _readable(other)
    places: list[tuple[Place, Mapping[str, Any], Mapping[str, Any]]] = [("header", one.header, other.header)]
    if readable:
        places.append(("payload", one.claims, other.claims))
    found = [_difference(place, name, a, b) for place, a, b in places for name in dict.fromkeys([*a, *b])]
    differences = tuple(difference for difference in found if difference is not None)
    return Comparison(one.token == other.token, differences, len(found) - len(differences), readable)


def _readable(inspection: Inspection) -> bool:
    return not inspection.encrypted and len(inspection.parts) > 1 and inspection.parts[1].content is None


def _difference(place: Place, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference | None:
    if name not in before:
        return Difference(place, name, "added", after=after[name])
    if name not in after:
        return Difference(place, name, "removed", before=before[name])
    first, second = before[name], after[name]
    if _alike(first, second):
        return None
    dates = (date(first), date(second)) if place == "payload" and name in LABELS else (None, None)
    later = None if dates[0] is None or dates[1] is None else dates[1] - dates[0]
    return Difference(place, name, "changed", first, second, later)


def _alike(first: Any, second: Any) -> bool:
    """In JSON true is not 1, though Python says they are equal; that 1 and 1.0 are told apart harms nobody."""
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
