"""The one JSON decoder for everything that comes from outside.

msgspec is fast and strict, but left alone it raises RecursionError on deep
nesting and UnicodeDecodeError on bad text, does not look at the text of fields it
skips, keeps the last of duplicate names, and quotes input in its messages. This
file closes those doors.
"""

import json
import re
from functools import lru_cache
from typing import Any, TypeVar, overload

import msgspec

from gatepass.kernel.errors import Refused

T = TypeVar("T")

MAX_DEPTH = 32
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_OPEN_OR_CLOSE = re.compile(rb"[\[{\]}]")
_PATH = re.compile(r" - at `(\$[^`]*)`$")
_MISSING = re.compile(r"Object missing required field `([^`]*)`")


class Undecodable(Refused):
    """Bytes that are not the JSON that was asked for.

    Attributes:
        path: where, as `$.field`, in names that the receiver knows; empty when the whole text is wrong.
    """

    codes = {
        "malformed_json": (400, "The text is not valid JSON."),
        "too_large": (413, "The text is longer than allowed."),
        "too_deep": (400, "The JSON is nested too deeply."),
        "duplicate_name": (400, "A name occurs twice in a JSON object."),
        "unknown_field": (400, "The JSON has a field that is not known here."),
        "invalid_field": (400, "A field of the JSON is missing or has the wrong type."),
    }

    def __init__(self, code: str, *, path: str = "") -> None:
        super().__init__(code)
        self.path = path
        if path:
            self.message = f"{self.message[:-1]}: {path}."

    @classmethod
    def from_validation(cls, error: msgspec.ValidationError) -> "Undecodable":
        """What msgspec found wrong with a field, without the words of the input."""
        text = str(error)
        if text.startswith("Object contains unknown field"):
            # The name is the sender's and may be written to look like a path: nothing of it is passed on.
            return cls("unknown_field")
        found, missing = _PATH.search(text), _MISSING.match(text)
        path = found[1] if found else ""
        return cls("invalid_field", path=f"{path or '$'}.{missing[1]}" if missing else path)


@lru_cache(maxsize=64)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


@overload
def decode_json(data: bytes, *, max_bytes: int, max_depth: int = ..., unique_names: bool = ...) -> Any: ...
@overload
def decode_json(data: bytes, kind: type[T], *, max_bytes: int, max_depth: int = ..., unique_names: bool = ...) -> T: ...
def decode_json(
    data: bytes, kind: Any = Any, *, max_bytes: int, max_depth: int = MAX_DEPTH, unique_names: bool = False
) -> Any:
    """Decode one JSON text (RFC 8259) into `kind`.

    Args:
        data: the text, UTF-8 without a byte order mark.
        kind: any type msgspec understands, usually a `msgspec.Struct`.
        max_bytes: longest text that is looked at.
        max_depth: deepest nesting of arrays and objects.
        unique_names: refuse objects that repeat a name (RFC 8259 section 4 leaves it open).

    Raises:
        Undecodable: for every other input; nothing else escapes.
    """
    if len(data) > max_bytes:
        raise Undecodable("too_large")
    if not data.isascii() and not _is_utf8(data):
        raise Undecodable("malformed_json")
    # Counting is a C loop; only a text with many brackets pays for the exact look.
    if data.count(b"[") + data.count(b"{") > max_depth and _depth(data) > max_depth:
        raise Undecodable("too_deep")
    try:
        value = _decoder(kind).decode(data)
    except msgspec.ValidationError as error:
        raise Undecodable.from_validation(error) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError, OverflowError):
        raise Undecodable("malformed_json") from None
    if unique_names:
        _check_unique_names(data)
    return value


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _depth(data: bytes) -> int:
    depth = deepest = 0
    for bracket in _OPEN_OR_CLOSE.findall(_STRINGS.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise Undecodable("duplicate_name")


# Numbers do not matter here, and `int` refuses very long ones with a ValueError.
_look_at_names = json.JSONDecoder(object_pairs_hook=_refuse_repeats, parse_int=len, parse_float=len).decode


def _check_unique_names(data: bytes) -> None:
    try:
        _look_at_names(data.decode())
    except (ValueError, RecursionError):  # what only one of two parsers can read is refused
        raise Undecodable("malformed_json") from None
