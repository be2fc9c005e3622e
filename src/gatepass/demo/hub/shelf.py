"""Files that the hub shows: the examples and the pictures of the documentation.

In a clone they lie where everybody finds them; a wheel brings copies beside the demo.
"""

import html
import re
from functools import cache
from pathlib import Path

DEMO = Path(__file__).parent.parent
CLONE = DEMO.parents[2]

_DESCRIPTION = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)


@cache
def _folder(name: str, in_clone: str) -> Path:
    packed = DEMO / "shelf" / name
    return packed if packed.is_dir() else CLONE / in_clone


@cache
def examples() -> dict[str, Path]:
    """The files of `examples/` by name; empty where there are none."""
    return {path.name: path for path in sorted(_folder("examples", "examples").glob("*.py"))}


@cache
def pictures() -> dict[str, Path]:
    """The drawings by name, without their ending; empty where there are none."""
    return {path.stem: path for path in sorted(_folder("pictures", "docs/pictures").glob("*.svg"))}


@cache
def described(picture: str) -> str:
    """What a drawing says in words, from the drawing itself; empty when there is none of this name."""
    path = pictures().get(picture)
    found = _DESCRIPTION.search(path.read_text()) if path else None
    return html.unescape(" ".join(found[1].split())) if found else ""


@cache
def line_of(example: str, marks: str) -> int:
    """Number of the line of an example in which a text stands; 0 when it stands in none."""
    path = examples().get(example)
    lines = path.read_text().splitlines() if path else []
    return next((number for number, line in enumerate(lines, 1) if marks in line), 0)
