"""From a database URL to the engine that serves it."""

from gatepass.kernel.clock import Clock, now
from gatepass.kernel.errors import Misuse
from gatepass.server.store.port import Store, Unwatched, Watch

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")


def open_store(url: str, *, clock: Clock = now, watch: Watch | None = None) -> Store:
    """The store behind `url`; it connects when its `open` is awaited.

    Args:
        url: `sqlite:///folder/file` (relative) or `sqlite:////folder/file` (absolute);
            or `postgresql://user:password@host:5432/name`, where `host1,host2` names
            several and the first that answers is used; `?target_session_attrs=read-write`
            passes over standbys.
        clock: tells when a migration was applied.
        watch: is told of every unit.

    Raises:
        Misuse: the URL is neither. The message does not repeat it: there may be a password in it.
    """
    watch = watch or Unwatched()
    if url.startswith(_SQLITE):
        return _sqlite(url.removeprefix(_SQLITE), clock, watch)
    if url.startswith(_POSTGRES):
        return _postgres(url, clock, watch)
    raise Misuse("The database URL begins neither with sqlite:/// nor with postgresql://.")


# Each engine is loaded when it is chosen: a server on SQLite needs no asyncpg.


def _postgres(url: str, clock: Clock, watch: Watch) -> Store:
    try:
        from gatepass.server.store.postgres import PostgresStore
    except ImportError:
        raise Misuse('PostgreSQL needs asyncpg: pip install "gatepass[server]"') from None
    return PostgresStore(url, clock=clock, watch=watch)


def _sqlite(path: str, clock: Clock, watch: Watch) -> Store:
    from gatepass.server.store.sqlite import SqliteStore

    if path in {"", ":memory:"}:
        raise Misuse("SQLite needs a file: sqlite:///gatepass.db; a database in memory would forget every user.")
    if "?" in path or "\0" in path:
        raise Misuse("A SQLite URL is sqlite:/// and a path, without options.")
    return SqliteStore(path, clock=clock, watch=watch)
