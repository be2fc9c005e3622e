"""PostgreSQL servers that keep what they acknowledge, and one that follows another and takes its place."""

from collections.abc import Callable
from time import monotonic

from tests.support.postgres import OPTIONS, ROLE, Cluster, binaries

NAME = "standby"
PATIENCE = 60.0


def can_replicate() -> bool:
    """Whether the program that copies a running server is among the binaries."""
    found = binaries()
    return found is not None and (found / "pg_basebackup").exists()


class Lasting(Cluster):
    """A server that survives its own crash. A loss of power is not tried, so nothing waits for the disk."""

    def _initdb(self) -> None:
        self._options = f"{OPTIONS} -c fsync=off -c shared_buffers=16MB -k {self.folder}"
        super()._initdb()


class Standby(Cluster):
    """A standby by streaming replication.

    Args:
        primary: the server that it follows.
    """

    def __init__(self, primary: Cluster) -> None:
        self._primary = primary
        super().__init__()

    def promote(self) -> None:
        """Become the server that may write; return when it does."""
        self._run("pg_ctl", f"--pgdata={self.folder}/data", "--wait", "--silent", "promote")

    def fall_behind(self) -> None:
        """Take what the primary has now, and nothing of what comes."""
        newest = self._primary.sql("SELECT pg_current_wal_flush_lsn()")
        _until(lambda: self.sql(f"SELECT pg_last_wal_replay_lsn() >= '{newest}'") == "t")
        self.sql("ALTER SYSTEM SET primary_conninfo = ''")
        self.sql("SELECT pg_reload_conf()")
        _until(lambda: self.sql("SELECT count(*) FROM pg_stat_wal_receiver") == "0")

    def _initdb(self) -> None:
        self._options = f"{OPTIONS} -c fsync=off -c shared_buffers=16MB -c cluster_name={NAME} -k {self.folder}"
        flags = [f"--host={self._primary.folder}", f"--username={ROLE}", "--checkpoint=fast", "--no-sync"]
        self._run("pg_basebackup", *flags, "--write-recovery-conf", f"--pgdata={self.folder}/data")


def wait_for_it(primary: Cluster) -> None:
    """From now on the primary acknowledges only what its standby has on disk."""
    primary.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
    primary.sql("SELECT pg_reload_conf()")
    follows = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
    _until(lambda: primary.sql(follows) == "1")


def one_of(*clusters: Cluster) -> str:
    """The URL that leads to whichever of them may write."""
    folders = ",".join(str(cluster.folder) for cluster in clusters)
    return f"postgresql://{ROLE}@/postgres?host={folders}&target_session_attrs=read-write"


def _until(reached: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not reached():
        assert monotonic() < deadline, "the standby does not get there"
