"""Cuts SQL into tokens, and refuses what two databases would read in two ways.

This is no SQL parser: it only has to know for certain where a string, a comment
and a parameter begin and end. Whatever means something else, or nothing, to one of
the engines is no token at all: quoted names, dollar quotes, `E'…'`, `::`, `?`,
`$1`, backslashes outside strings, brackets, nested comments.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gatepass.kernel.errors import Misuse

_TOKEN = re.compile(
    r"""
      (?P<space>     [ \t\r\n]++ | --[^\n\0]*+ | /\*(?:(?!/\*|\*/)[^\0])*+\*/ )
    | (?P<string>    '(?:[^'\0]|'')*+' )
    | (?P<parameter> :[a-z_][a-z0-9_]*+ )
    | (?P<word>      [A-Za-z_][A-Za-z0-9_]*+ )
    | (?P<number>    [0-9]++ )
    | (?P<sign>      -(?!-) | /(?!\*) | \|\| | <= | >= | <> | [(),.;*=<>+%] )
    """,
    re.VERBOSE,
)
_TOUCHY = frozenset({"string", "parameter", "word", "number"})
_SQLITE_TYPES = {"BIGINT": "INTEGER", "BYTEA": "BLOB"}


class Token(NamedTuple):
    """One piece of SQL: `kind` is space (also a comment), string, parameter, word, number or sign."""

    kind: str
    text: str

    def word(self) -> str:
        """The word in upper case; empty when this is no word."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`, in order; joined they are `text` again.

    Raises:
        Misuse: at the first place that is not portable SQL.
    """
    position, before = 0, "space"
    while position < len(text):
        found = _TOKEN.match(text, position)
        kind = (found and found.lastgroup) or ""
        # Two that touch are one thing to some engine: E'…', 7x, :nameX, :a:b.
        if found is None or (kind in _TOUCHY and before in _TOUCHY):
            raise Misuse(f"Not SQL that both engines read alike, at {text[position : position + 24]!r}.")
        yield Token(kind, found.group())
        position, before = found.end(), kind


def for_sqlite(found: Iterable[Token]) -> str:
    """The same text with the names of SQLite's column types; parameters keep their names."""
    return "".join(_SQLITE_TYPES.get(token.word(), token.text) for token in found)


def for_postgres(found: Iterable[Token], numbers: Mapping[str, int]) -> str:
    """The same text with `$1`, `$2` … for the named parameters."""
    return "".join(f"${numbers[token.text[1:]]}" if token.kind == "parameter" else token.text for token in found)
