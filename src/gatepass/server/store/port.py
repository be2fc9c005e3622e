"""The port between the domains and a database."""

import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gatepass.kernel.errors import GatepassError
from gatepass.server.store.call import Call

Row = tuple[Any, ...]
"""The columns of a row by position, each one a `Value`."""

READS_ONLY = "read and scan take statements that only read; give a change to write."


@dataclass(frozen=True, slots=True)
class Version:
    """What stands behind a store: engine name, the engine's version, number of the newest migration."""

    engine: str
    release: str
    schema: int


class Watch(Protocol):
    """Is told of every unit: what the store does for the audit's log and for figures.

    It is the store that tells, because only the store knows of a unit whose awaiter was
    cancelled. Both methods return at once and raise nothing.
    """

    def begun(self) -> None:
        """A unit was given to the database."""

    def ended(self, calls: Sequence[Call], seconds: float, failure: GatepassError | None) -> None:
        """A unit has ended, before its awaiter goes on; each unit that has begun ends once.

        Args:
            calls: the unit.
            seconds: since it has begun.
            failure: None: it is on disk. `outcome_unknown`: it may be. Else nothing has happened.
        """


class Unwatched:
    """Nobody looks."""

    def begun(self) -> None:
        """See `Watch.begun`."""

    def ended(self, calls: Sequence[Call], seconds: float, failure: GatepassError | None) -> None:
        """See `Watch.ended`."""


class Store(Protocol):
    """One database. No transaction is open across an await: a change is a value, written at once.

    That is why a unit can be committed in a group with others, or repeated after a
    deadlock, without its author knowing. Every method raises `StoreUnavailable` when
    the database cannot answer, and Misuse for a statement that it does not understand.
    """

    async def open(self) -> None:
        """Connect, and bring the schema up to date.

        Raises:
            Misuse: the URL, the file, the schema or the rights are wrong.
        """

    async def close(self) -> None:
        """Finish the units that were accepted, then let go. Closing twice does nothing.

        A scan that somebody is still in the middle of may end with StoreUnavailable.
        """

    async def read(self, call: Call) -> list[Row]:
        """All rows of one short reading statement, as of the newest commit."""

    def scan(self, call: Call) -> AsyncIterator[Row]:
        """The rows of a long reading statement, one by one, as of the moment it began.

        It has a connection of its own, and stands in nobody's way.
        """

    async def write(self, *calls: Call) -> list[list[Row]]:
        """Run `calls` in order as one atomic unit; their rows, once all of it is on disk.

        A cancelled awaiter does not take the unit back: it may or may not happen.

        Raises:
            Stale: a call met another state than it expected; nothing has happened.
        """

    async def health(self) -> None:
        """Return if the database answers and is the one that was opened."""

    async def version(self) -> Version:
        """Engine and schema, for `gatepass doctor`."""

    async def backup(self, path: str | os.PathLike[str]) -> None:
        """Write a consistent copy of the whole database to a new file that only its owner reads.

        Raises:
            Misuse: the file exists or cannot be written, or the engine has its own tools for this.
        """
