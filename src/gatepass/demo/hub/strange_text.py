"""Text of strangers on a page: every character of it can be seen, and none acts."""

import json
from typing import Any


def visible(text: object) -> str:
    """Control, invisible and direction characters as their numbers, such as ⟨U+202E⟩; everything else as it is."""
    return "".join(char if char.isprintable() else f"⟨U+{ord(char):04X}⟩" for char in str(text))


def value(of: Any) -> str:
    """A value of a token: text as it is, anything else as JSON."""
    return visible(of if isinstance(of, str) else json.dumps(of, ensure_ascii=False))
