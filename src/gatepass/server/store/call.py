"""A statement, and a statement with its values: what the store reads and writes."""

from collections.abc import Mapping

from gatepass.kernel.errors import Misuse, Refused
from gatepass.server.store.scanner import Token, for_postgres, for_sqlite, tokens

Value = str | int | bytes | None
"""What a column holds: TEXT, BIGINT (64 bits, signed), BYTEA, or NULL. There are no booleans."""

_READS = frozenset({"SELECT", "WITH"})
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE"})
# LIKE: only one of them tells a from A.
_AT_ODDS = frozenset({"ANY", "TRUE", "FALSE", "BOOLEAN", "LIKE", "ILIKE", "GLOB", "ROWID"})
_MAX_INT = 2**63


class Unstorable(Refused):
    """Text with NUL or an unpaired surrogate, or a number of more than 64 bits.

    Rooms above refuse these in better words; this is the net below them, so that bad
    input never becomes a server error.
    """

    codes = {"unstorable_value": (400, "A value has characters or a size that cannot be stored.")}


class Sql:
    """One static statement with `:named` parameters that both engines read alike.

    Args:
        text: one SELECT, or one INSERT, UPDATE or DELETE with RETURNING, without a
            semicolon. A `WITH` may only read.
        rows: how many rows it must return inside `Store.write`, else the whole unit
            is undone and `Stale` names its call; None: any number.

    Attributes:
        changes: whether it changes anything.
        names: the parameters' names.
        order: the same in the order of PostgreSQL's `$1`, `$2` ….
        named, numbered: the text for SQLite, and for PostgreSQL.

    Raises:
        Misuse: the text is not such a statement.
    """

    __slots__ = ("changes", "named", "names", "numbered", "order", "rows", "text")

    def __init__(self, text: str, rows: int | None = None) -> None:
        if rows is not None and rows < 0:
            raise Misuse("A statement returns no rows or more.")
        found = list(tokens(text))
        self.text = text
        self.rows = rows
        self.changes = _check([token for token in found if token.kind != "space"])
        self.order = tuple(dict.fromkeys(token.text[1:] for token in found if token.kind == "parameter"))
        self.names = frozenset(self.order)
        self.named = for_sqlite(found)
        # To sqlite3 `$1` is one more *name*, bound by first appearance: each engine gets its own text.
        self.numbered = for_postgres(found, {name: number for number, name in enumerate(self.order, 1)})

    def __call__(self, **values: Value) -> "Call":
        """This statement with its values. Raises as `Call` does."""
        return Call(self, values)

    def __repr__(self) -> str:
        return f"Sql({' '.join(self.text.split())!r}, rows={self.rows})"


class Call:
    """A statement with its values, usually made by calling the `Sql`.

    Two calls are equal only when they are the same object, so that `Stale.call` tells
    which one of a unit. Its repr hides the values: there are hashes among them.

    Raises:
        Misuse: a name is missing or unknown, or a value has a type that no column has.
        Unstorable: a value that no column of its type can hold.
    """

    __slots__ = ("sql", "values")

    def __init__(self, sql: Sql, values: Mapping[str, Value]) -> None:
        if values.keys() != sql.names:
            raise Misuse(f"Missing or unknown parameters: {', '.join(sorted(values.keys() ^ sql.names))}; in {sql}.")
        for name, value in values.items():
            _check_value(name, value)
        self.sql = sql
        self.values = values

    def __repr__(self) -> str:
        return f"Call({self.sql!r}, …)"


def _check(found: list[Token]) -> bool:
    """Whether the statement changes anything; Misuse when it breaks a rule of the store."""
    words = [token.word() for token in found]
    first = words[0] if words else ""
    if first not in _READS | _CHANGES or (first == "INSERT" and words[1:2] != ["INTO"]):
        raise Misuse("A statement begins with SELECT, WITH, INSERT INTO, UPDATE or DELETE.")
    if any(token.text == ";" for token in found):
        raise Misuse("A call is one statement, without a semicolon.")
    if wrong := _AT_ODDS.intersection(words):
        raise Misuse(f"The two engines do not agree on {', '.join(sorted(wrong))}.")
    if first == "WITH" and _CHANGES.intersection(words):
        raise Misuse("A WITH may only read: SQLite knows no other.")
    if first in _CHANGES and "RETURNING" not in words:
        raise Misuse("Every change ends in RETURNING, so that it can be counted.")
    return first in _CHANGES


def _check_value(name: str, value: Value) -> None:
    # Exact types: to Python a bool is an int, and sqlite3 would store it as one.
    if type(value) is str:
        if not value.isascii() or "\0" in value:
            _check_text(value)
    elif type(value) is int:
        if not -_MAX_INT <= value < _MAX_INT:
            raise Unstorable("unstorable_value", detail=f"{name} has more than 64 bits")
    elif value is not None and type(value) is not bytes:
        raise Misuse(f"The parameter {name} is of type {type(value).__name__}; columns hold str, int, bytes or None.")


def _check_text(value: str) -> None:
    if "\0" in value:
        raise Unstorable("unstorable_value", detail="a text has a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unstorable("unstorable_value", detail="a text has an unpaired surrogate") from None
