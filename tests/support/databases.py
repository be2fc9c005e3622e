"""One migrated database per engine and test process, and a quick way back to its first state."""

import asyncio
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gatepass.server.store import Store
from tests.support.postgres import Cluster

# A copy of every table as the migrations left it; restoring deletes and copies back, which
# takes a tenth of making a database. Foreign keys sleep meanwhile: the order does not matter.
_REMEMBER = """
CREATE SCHEMA first;
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('CREATE TABLE first.%I AS TABLE public.%I', name, name);
  END LOOP;
END $$;
CREATE FUNCTION first.restore() RETURNS void LANGUAGE plpgsql AS $$ DECLARE name text; BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    IF to_regclass(format('first.%I', name)) IS NULL THEN
      EXECUTE format('DROP TABLE public.%I CASCADE', name);
    ELSE
      EXECUTE format('DELETE FROM public.%I', name);
      EXECUTE format('INSERT INTO public.%I SELECT * FROM first.%I', name, name);
    END IF;
  END LOOP;
END $$;
"""


class PostgresDatabase:
    """One database that the tests of a process take turns with.

    Args:
        cluster: the server.
        name: of the database.
        make: gives the store that migrates it, from its URL.
    """

    def __init__(self, cluster: Cluster, name: str, make: Callable[[str], Store]) -> None:
        self._cluster = cluster
        self._name = name
        cluster.sql(f"CREATE DATABASE {name}")
        migrate(make(cluster.url(name)))
        cluster.sql(_REMEMBER, name)

    def fresh(self) -> str:
        """Its URL, after everything in it is as the migrations left it."""
        self._cluster.sql("SELECT first.restore()", self._name)
        return self._cluster.url(self._name)


class SqliteDatabase:
    """A migrated file in `folder`, copied for each test."""

    def __init__(self, folder: Path, make: Callable[[str], Store]) -> None:
        self._file = folder / "migrated.db"
        migrate(make(f"sqlite:///{self._file}"))

    def fresh(self, folder: Path) -> str:
        """The URL of a copy in `folder`."""
        copy = shutil.copy2(self._file, folder / "gatepass.db")
        return f"sqlite:///{copy}"


def migrate(store: Store) -> None:
    """Bring a database up to date, whether or not an event loop runs on this thread."""

    async def open_and_close() -> None:
        await store.open()
        await store.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(open_and_close())).result()
