"""A small disk of its own for a node: a tmpfs that only its processes see, and that can be filled."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_CHUNK = bytes(65_536)
# The mount lives as long as this process; it ends when we close its input, however we ended.
_HOLD = 'mount -t tmpfs -o size="$1",mode=700 tmpfs "$2" && echo ready && exec cat'


def can_mount() -> bool:
    """Whether this user may mount something in a private mount namespace."""
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        return False
    command = ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True).returncode == 0


class SmallDisk:
    """A folder on a disk of its own.

    Args:
        folder: as the processes on it see it.
        holder: the process that keeps the disk.

    Attributes:
        around: what a command has to stand behind to see the disk.
    """

    def __init__(self, folder: Path, holder: int) -> None:
        self.around = ("nsenter", f"--mount=/proc/{holder}/ns/mnt", "--")
        self._filler = Path(f"/proc/{holder}/root{folder}/filler")

    def fill(self) -> None:
        """Take all the room that is left."""
        with open(self._filler, "wb", buffering=0) as file, suppress(OSError):
            while file.write(_CHUNK):
                pass

    def clear(self) -> None:
        """Give it back."""
        self._filler.unlink()


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[SmallDisk]:
    """A disk at `folder`, which is made, for the length of a `with`.

    Args:
        size: in bytes. SQLite's write-ahead log takes 4 MB before it begins again.
    """
    folder.mkdir()
    command = ["unshare", "-m", "sh", "-c", _HOLD, "sh", str(size), str(folder)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        yield SmallDisk(folder, holder.pid)
    finally:
        holder.communicate()
