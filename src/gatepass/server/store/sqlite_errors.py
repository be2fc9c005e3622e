"""What an error of SQLite means to us. Its messages name tables and columns, never values."""

import sqlite3
from pathlib import Path

from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.server.store.errors import StoreUnavailable

# Result codes: https://www.sqlite.org/rescode.html
_REASONS = {
    sqlite3.SQLITE_BUSY: "store_busy",
    sqlite3.SQLITE_LOCKED: "store_busy",
    sqlite3.SQLITE_FULL: "store_full",
    sqlite3.SQLITE_CORRUPT: "store_damaged",
    sqlite3.SQLITE_NOTADB: "store_damaged",
}
_OUR_MISTAKES = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH})
_RACES = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
    }
)
_TO_THE_OPERATOR = {
    sqlite3.SQLITE_CANTOPEN: "cannot be opened by this user",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database, or it is damaged",
    sqlite3.SQLITE_READONLY: "is read-only for this user",
}
_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for errors that the Python module raised itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def is_race(error: sqlite3.Error) -> bool:
    """Whether a unique or foreign key stood against a statement: somebody else was first."""
    return getattr(error, "sqlite_errorcode", 0) in _RACES


def is_misuse(error: sqlite3.Error) -> bool:
    """Whether the statement itself is wrong, whatever the state of the disk."""
    return primary_code(error) in _OUR_MISTAKES


def unavailable(error: sqlite3.Error) -> GatepassError:
    """The error that a caller gets for one of SQLite's."""
    if is_misuse(error):
        return Misuse(f"SQLite refuses a statement: {error}.")
    return StoreUnavailable(_REASONS.get(primary_code(error), "store_failed"), detail=str(error))


def refusal(error: sqlite3.Error, path: Path) -> GatepassError:
    """What an error while opening the file at `path` means to the operator."""
    code = primary_code(error)
    if code in _PASSING:
        return unavailable(error)
    if sentence := _TO_THE_OPERATOR.get(code):
        return Misuse(f"The database {path} {sentence}.")
    return Misuse(f"The database {path} is damaged, or not one of Gatepass: {error}. Restore it from a backup.")
