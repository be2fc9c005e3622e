"""Values of a token in a sentence."""

import json
from typing import Any

MAX_CHARACTERS = 80


def shown(value: Any) -> str:
    """Text as it is, anything else as JSON, and no more than a line of it."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}…"
