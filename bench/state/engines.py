"""Databases to measure in, and the refresh flow over them."""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from typing import Any, NamedTuple

import asyncpg  # type: ignore[import-untyped]

from gatepass.kernel.secret import Secret
from gatepass.server.audit.model import Source
from gatepass.server.budgets import Budgets, Limit
from gatepass.server.clients.service import Clients
from gatepass.server.flows.refresh import Refresh
from gatepass.server.issuing.access import AccessTokens
from gatepass.server.keys.service import KeyRing
from gatepass.server.master import MasterSecret
from gatepass.server.metrics import Metrics
from gatepass.server.sessions.grace import GraceClock
from gatepass.server.sessions.service import Sessions
from gatepass.server.store import Store, open_store
from gatepass.server.users.model import User
from tests.support.postgres import MISSING, Cluster, binaries

ISSUER = "https://id.example.com"
SOURCE = Source("192.0.2.7", "bench", "request")
MASTER = MasterSecret(Secret(b"b" * 32))
SQLITE, POSTGRES = "SQLite", "PostgreSQL"


class OneUser:
    """A user table that costs nothing."""

    async def authenticate(self, identifier: str, password: str) -> User | None:
        """Nobody signs in here."""
        return None

    async def find(self, subject: str) -> User | None:
        """Everybody is there."""
        return User(subject=subject, scopes=("read",))


class Table(NamedTuple):
    """Rows for a table."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


class Engines:
    """Fresh databases of both engines, each as durable as in production; PostgreSQL is a server of our own."""

    def __init__(self, folder: str, cluster: Cluster | None) -> None:
        self._folder = folder
        self._cluster = cluster
        self.names = (SQLITE, POSTGRES) if cluster else (SQLITE,)

    @property
    def missing(self) -> dict[str, str]:
        """What is not there, and why."""
        return {} if self._cluster else {POSTGRES: MISSING}

    @asynccontextmanager
    async def store(self, engine: str, name: str) -> AsyncIterator[Store]:
        """A new database, open."""
        if self._cluster and engine == POSTGRES:
            await asyncio.to_thread(self._cluster.sql, f"CREATE DATABASE {name}")
        store = open_store(self.url(engine, name))
        await store.open()
        try:
            yield store
        finally:
            await store.close()

    def url(self, engine: str, name: str) -> str:
        """Where the database is."""
        return self._cluster.url(name) if self._cluster and engine == POSTGRES else f"sqlite:///{self._folder}/{name}"

    async def fill(self, engine: str, name: str, tables: Iterable[Table]) -> None:
        """Put rows into an open database, past the store and much faster."""
        if engine == SQLITE:
            await asyncio.to_thread(_fill_sqlite, f"{self._folder}/{name}", tables)
            return
        connection = await asyncpg.connect(self.url(engine, name))
        # Foreign keys are not looked at: that takes longer than all the rest.
        await connection.execute("SET session_replication_role = replica")
        for table in tables:
            await connection.copy_records_to_table(table.name, records=table.rows, columns=table.columns)
        await connection.execute("VACUUM ANALYZE")
        await connection.close()


def _fill_sqlite(path: str, tables: Iterable[Table]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        # Rows come in no order: each page is written once instead of many times.
        connection.execute("PRAGMA cache_size=-1000000")
        for name, columns, rows in tables:
            places = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({places})", rows)


@contextmanager
def engines() -> Iterator[Engines]:
    """Those that this machine has; they are gone with the block."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        cluster = Cluster(durable=True) if binaries() else None
        if cluster:
            stack.callback(cluster.remove)
        yield Engines(folder, cluster)


async def refreshing(store: Store) -> Refresh:
    """The refresh flow over `store`: all of it but HTTP and the user's row, and nobody is throttled."""
    sessions, ring = Sessions(store, MASTER), KeyRing(store, MASTER)
    await ring.open()
    clients, access = Clients(store, issuer=ISSUER), AccessTokens(ring, issuer=ISSUER)
    unlimited = Limit("family", 10**9, 60)
    budgets = Budgets(Metrics())
    return Refresh(store, sessions, clients, OneUser(), access, GraceClock(sessions), budgets, per_family=unlimited)
