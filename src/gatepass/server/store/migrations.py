"""The schema's history: numbered, forward-only `.sql` files, each applied once.

The database keeps a list of what was applied with a checksum of each file, so that
a file that was edited afterwards, or a database that a newer Gatepass has moved on,
is noticed at start and not by a wrong answer later.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import zip_longest
from typing import Any

from gatepass.kernel.errors import Misuse
from gatepass.server.store.call import Call, Sql
from gatepass.server.store.scanner import Token, for_sqlite, tokens

_FILE_NAME = re.compile(r"(?P<number>[0-9]{3})_(?P<name>[a-z0-9_]+)\.sql")
_KINDS = frozenset({"CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE"})
_ONE_ENGINE_ONLY = frozenset(
    # A BIGINT is one to both; what these are differs.
    "ANY BLOB BOOL BOOLEAN CHAR DATE DOUBLE FLOAT INT INTEGER JSON JSONB NUMERIC REAL SERIAL SMALLINT TIMESTAMP"
    # A key that is checked at the commit would fail where a unit can no longer name its call.
    " TIMESTAMPTZ UUID VARCHAR AUTOINCREMENT STRICT ROWID DEFERRABLE".split()
)

TABLE = (
    "CREATE TABLE IF NOT EXISTS gatepass_migrations "
    "(number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)"
)
APPLIED = Sql("SELECT number, name, checksum FROM gatepass_migrations ORDER BY number")
RECORD = Sql(
    "INSERT INTO gatepass_migrations (number, name, checksum, applied_at)"
    " VALUES (:number, :name, :checksum, :applied_at) RETURNING number",
    rows=1,
)
NEWEST = Sql("SELECT COALESCE(MAX(number), 0) FROM gatepass_migrations")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its statements in portable SQL, and the SHA-256 of its text in hex."""

    number: int
    name: str
    checksum: str
    statements: tuple[str, ...]

    @classmethod
    def parse(cls, number: int, name: str, text: str) -> "Migration":
        """Read a file's text.

        Raises:
            Misuse: a statement is not one that both engines understand alike.
        """
        # A checkout on another system may have other line ends; the schema is the same.
        checksum = hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
        statements = tuple(_statements(text))
        for statement in statements:
            _check(statement, f"{number:03}_{name}.sql")
        return cls(number, name, checksum, statements)

    def record(self, now: int) -> Call:
        """The row that says it was applied, at `now` seconds since the epoch."""
        return RECORD(number=self.number, name=self.name, checksum=self.checksum, applied_at=now)


def load(folder: Traversable | None = None) -> tuple[Migration, ...]:
    """The migrations of this version of Gatepass, in order.

    Raises:
        Misuse: there are none, a file is named wrongly, or two have one number.
    """
    folder = files("gatepass.server") / "schema" if folder is None else folder
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql")) if folder.is_dir() else []
    if not names:
        raise Misuse("The schema's files are missing: this installation of Gatepass is not complete.")
    found = []
    for name in names:
        match = _FILE_NAME.fullmatch(name)
        if match is None:
            raise Misuse(f"The migration {name} is not named like 001_name.sql.")
        text = (folder / name).read_text(encoding="utf-8")
        found.append(Migration.parse(int(match["number"]), match["name"], text))
    if len({migration.number for migration in found}) != len(found):
        raise Misuse("Two migrations have the same number.")
    return tuple(found)


def pending(known: Sequence[Migration], applied: Iterable[tuple[Any, ...]]) -> Sequence[Migration]:
    """What is still to be applied to a database, given the rows of `APPLIED`.

    Raises:
        Misuse: the database is newer, or its history is another one.
    """
    done = [(int(number), str(name), str(checksum)) for number, name, checksum in applied]
    newest = known[-1].number if known else 0
    if done and done[-1][0] > newest:
        raise Misuse(
            f"The database has schema {done[-1][0]}, this Gatepass knows {newest}: start the newer Gatepass again,"
            " or restore the backup from before its update."
        )
    for found, migration in zip_longest(done, known[: len(done)]):
        if migration is None or found != (migration.number, migration.name, migration.checksum):
            raise Misuse(
                f"The database was made with another {found[0]:03}_{found[1]}.sql than this Gatepass has:"
                " an applied migration is never changed, removed or inserted."
            )
    return known[len(done) :]


def for_strict_sqlite(statement: str) -> str:
    """A statement of a migration for SQLite; new tables are STRICT, else it would keep "7x" in a BIGINT."""
    found = list(tokens(statement))
    words = [token.word() for token in found if token.kind == "word"]
    return for_sqlite(found) + (" STRICT" if words[:2] == ["CREATE", "TABLE"] else "")


def _statements(text: str) -> Iterable[str]:
    """The statements, without their comments: STRICT would land inside a last one."""
    part = ""
    for token in (*tokens(text), Token("sign", ";")):
        if token == ("sign", ";"):
            if statement := part.strip():
                yield statement
            part = ""
        elif token.kind != "space":
            part += token.text
        elif not part.endswith(" "):
            part += " "


def _check(statement: str, file: str) -> None:
    found = list(tokens(statement))
    words = [token.word() for token in found if token.kind == "word"]
    if found[0].word() not in _KINDS or any(token.kind == "parameter" for token in found):
        raise Misuse(f"{file}: a migration is made of {', '.join(sorted(_KINDS))}, without parameters.")
    if wrong := _ONE_ENGINE_ONLY.intersection(words):
        raise Misuse(f"{file} uses {', '.join(sorted(wrong))}; columns are TEXT, BIGINT or BYTEA.")
