"""One SQLite file: making it, locking it while it is opened, connecting to it."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gatepass.kernel.clock import monotonic
from gatepass.kernel.errors import Misuse
from gatepass.server.store.errors import StoreUnavailable

OLDEST_SQLITE = (3, 37, 0)  # STRICT tables; RETURNING came with 3.35
PATIENCE = 5.0  # seconds that a thread waits for a lock of another process
OPENING_PATIENCE = 30.0  # seconds for another process's migrations
_POLL = 0.02
_KEPT_LOG = 16 * 2**20  # bytes of the write-ahead log
_CHECKED_ON_OPENING = 256 * 2**20  # bytes; 100 MB take 60 ms, a whole look at much more would delay the start


class SqliteFile:
    """The file at `path` and its neighbours `-wal`, `-shm` and `.lock`.

    Args:
        path: where; made absolute now, a later change of folder does not matter.
        max_pages: the largest size in pages; None: as large as the disk allows.
    """

    def __init__(self, path: str | os.PathLike[str], max_pages: int | None = None) -> None:
        self.path = Path(path).absolute()
        self._max_pages = max_pages

    def create(self) -> None:
        """Make file and folder for their owner only, unless they are there.

        Raises:
            Misuse: they cannot be made, or something else has that name.
        """
        try:
            with suppress(FileExistsError):
                self.path.parent.mkdir(mode=0o700)
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise Misuse(f"The database {self.path} cannot be made: {error.strerror}.") from None
        if not self.path.is_file():
            raise Misuse(f"The database {self.path} is not a file.")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from opening the file meanwhile.

        The switch to WAL does not wait for locks: of four processes that open a fresh
        file at once, some would fail. The lock is a file of its own, because closing
        any handle of the database itself drops SQLite's locks on it.

        Raises:
            StoreUnavailable: another process does not finish.
            Misuse: the lock cannot be made.
        """
        name = f"{self.path}.lock"
        try:
            handle = os.open(name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Misuse(f"The lock {name} cannot be made: {error.strerror}.") from None
        try:
            _wait_for(handle, name)
            yield
        finally:
            os.close(handle)

    def connect(self, *, writes: bool) -> sqlite3.Connection:
        """A connection in autocommit mode that any one thread at a time may use.

        Raises:
            sqlite3.Error: the file cannot be opened, or is no database.
        """
        # mode=rw: a file that was taken away is an error, not a fresh empty database.
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        try:
            self._set_up(connection, writes)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: sqlite3.Connection, writes: bool) -> None:
        # FULL and fullfsync: a commit that was acknowledged survives a loss of power.
        for pragma in ("synchronous=FULL", "fullfsync=ON", "foreign_keys=ON", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        if writes:
            # A long scan lets the log grow; afterwards it shrinks to this again.
            connection.execute(f"PRAGMA journal_size_limit={_KEPT_LOG}")
        if writes and self._max_pages is not None:
            connection.execute(f"PRAGMA max_page_count={self._max_pages}")

    def check(self, connection: sqlite3.Connection) -> None:
        """Switch to WAL and look for damage.

        Raises:
            Misuse: the file is damaged, or its file system cannot do WAL.
            sqlite3.Error: the file is no database, or read-only.
        """
        if connection.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
            raise Misuse(f"The file system of {self.path} cannot do SQLite's WAL mode; choose a local one.")
        if self.path.stat().st_size > _CHECKED_ON_OPENING:
            return
        if not is_whole(connection):
            raise sqlite3.DatabaseError("quick_check found damage")

    def inode(self) -> int:
        """Which file stands at `path` now; 0 when there is none."""
        try:
            return self.path.stat().st_ino
        except OSError:
            return 0


def is_whole(connection: sqlite3.Connection) -> bool:
    """Look through all pages for damage; whether there is none."""
    [result] = connection.execute("PRAGMA quick_check(1)").fetchone()
    return bool(result == "ok")


def _wait_for(handle: int, name: str) -> None:
    deadline = monotonic() + OPENING_PATIENCE
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > deadline:
                raise StoreUnavailable("store_busy", detail="another process is opening the database") from None
        except OSError as error:
            raise Misuse(f"The file system of {name} cannot lock: {error.strerror}.") from None
        time.sleep(_POLL)
