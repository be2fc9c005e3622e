"""The code blocks of a document, and running them as a reader would: in order, in one namespace."""

import contextlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        language: the word after the fence.
        text: what stands in it.
        line: of the document, on which the text begins.
    """

    language: str
    text: str
    line: int


def blocks(document: Path) -> list[Block]:
    """All blocks of a document that name a language, in order."""
    text = document.read_text()
    return [
        Block(found[1], found[2], text.count("\n", 0, found.start()) + 2)  # lines count from 1; the fence is one
        for found in _BLOCK.finditer(text)
    ]


def only_block(document: Path, language: str) -> str:
    """The text of the one block in this language."""
    (found,) = (block for block in blocks(document) if block.language == language)
    return found.text


def run_python(block: Block, document: Path, names: dict[str, Any]) -> str:
    """What a block prints; it uses and leaves variables in `names`. A traceback shows the document's own lines."""
    printed = io.StringIO()
    code = compile("\n" * (block.line - 1) + block.text, str(document), "exec")
    with contextlib.redirect_stdout(printed):
        exec(code, names)
    return printed.getvalue()
