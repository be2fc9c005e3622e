"""Write `docs/errors.md` from the errors themselves: `.venv/bin/python tools/error_page.py`.

A test compares file and code, so run this whenever a code or its sentence changes.
"""

import inspect
from pathlib import Path

from gatepass import errors
from gatepass.errors import Conflict, GatepassError, Misuse, Refused, Unavailable

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"

INTRO = """\
# Errors

<!-- Made by tools/error_page.py; change the code instead. -->

Every error of Gatepass is a `GatepassError` with a stable `code` that programs may branch on, a `message`
that is safe to show to anyone, and a `detail` for the operator that is never sent. All of them can be imported
from `gatepass.errors`. Over HTTP the answer is `{"error": code, "error_description": message}` with the status
below; a bad token is always `invalid_token`, with its own code as `reason` (RFC 6750 section 3.1).
"""

ROOTS = (Refused, Conflict, Unavailable, Misuse)


def page() -> str:
    """The whole text of the page."""
    return "\n".join([INTRO, *(_root(root) for root in ROOTS)])


def _root(root: type[GatepassError]) -> str:
    leaves = [getattr(errors, name) for name in errors.__all__]
    sections = [_leaf(leaf) for leaf in leaves if issubclass(leaf, root) and leaf.codes]
    return f"## {root.__name__}\n\n{_summary(root)}\n\n" + "\n".join(sections)


def _leaf(leaf: type[GatepassError]) -> str:
    rows = [f"| `{code}` | {status} | {sentence} |" for code, (status, sentence) in leaf.codes.items()]
    head = "| code | status | message |\n|---|---|---|"
    return "\n".join([f"### {leaf.__name__}", "", _summary(leaf), "", head, *rows, ""])


def _summary(kind: type[GatepassError]) -> str:
    return (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page())
