"""What a programmer says when he makes a verifier, checked: a mistake shows here, not at the first token."""

from collections.abc import Collection
from typing import Any

import msgspec

from gatepass.kernel.errors import Misuse

MAX_LEEWAY = 600


def text(name: str, value: Any) -> str:
    """`value` if it is text and not empty. Raises Misuse."""
    if not isinstance(value, str) or not value:
        raise Misuse(f"{name} is text, or None if it shall not be checked.")
    return value


def names(name: str, value: Any) -> tuple[str, ...]:
    """`value` without repetitions, if it is a collection of names and not one text. Raises Misuse."""
    if isinstance(value, str) or not isinstance(value, Collection):
        raise Misuse(f"{name} is a list of names.")
    return tuple(dict.fromkeys(text(f"Each name in {name}", one) for one in value))


def audiences(value: Any) -> frozenset[str]:
    """One name or several as a set that is not empty. Raises Misuse."""
    found = frozenset(names("audience", (value,) if isinstance(value, str) else value))
    if not found:
        raise Misuse("An empty audience would refuse every token.")
    return found


def count(name: str, value: Any, least: int, most: int) -> int:
    """`value` if it is a whole number within the bounds. Raises Misuse."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Misuse(f"{name} is a whole number from {least} to {most}.")
    return value


def leeway(value: Any) -> float:
    """`value` if it is a number of seconds that clocks may differ by. Raises Misuse."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_LEEWAY:
        raise Misuse(f"leeway is a number of seconds from 0 to {MAX_LEEWAY}.")
    return value


def claims_type(value: Any) -> Any:
    """`value` if it is `dict` or a Struct type that JSON objects are decoded into. Raises Misuse."""
    is_struct = isinstance(value, type) and issubclass(value, msgspec.Struct)
    if value is not dict and not (is_struct and not value.__struct_config__.array_like):
        raise Misuse("claims is dict or a msgspec.Struct type that is written as a JSON object.")
    return value
