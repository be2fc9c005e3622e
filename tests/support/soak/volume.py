"""A small disk of its own for one server: a tmpfs that only its processes see, and that can be filled."""

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.support.soak.node import Node

SIZE = 16 * 2**20
"""Bytes; the write-ahead log takes 4 MB of them before it begins again."""
_CHUNK = bytes(4096)
# `exec`, so that the process is the server itself: it is what gets killed.
_MOUNT = 'mount -t tmpfs -o size="$1",mode=700 tmpfs "$2" && shift 2 && exec "$@"'


def can_mount() -> bool:
    """Whether this user may mount something in a private mount namespace."""
    if shutil.which("unshare") is None:
        return False
    return (
        subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode == 0
    )


class SmallDisk:
    """The folder `data` of a node, on a disk of `SIZE` bytes.

    Args:
        folder: of the node.
    """

    def __init__(self, folder: Path) -> None:
        data = folder / "data"
        data.mkdir()
        self.around = ["unshare", "-m", "sh", "-c", _MOUNT, "sh", str(SIZE), str(data)]
        self._data = data

    def fill(self, node: Node) -> None:
        """Take all the room that is left."""
        with open(self._seen_by(node), "wb", buffering=0) as file, suppress(OSError):
            while file.write(_CHUNK) == len(_CHUNK):
                pass

    def clear(self, node: Node) -> None:
        """Give it back."""
        self._seen_by(node).unlink()

    def _seen_by(self, node: Node) -> Path:
        # Only through the process: the mount is in a namespace of its own.
        return Path(f"/proc/{node.process.pid}/root{self._data}/filler")
