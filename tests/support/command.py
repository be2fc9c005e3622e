"""The `gatepass` command as an operator meets it: in this process, in one of its own, and on a terminal."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from gatepass.cli.command import run

PASSWORD = "gorilla tulip umbrella"
HASH = "$argon2id$v=19$m=19456,t=2,p=1$UOuQsPSphWwlop/oZAVt6A$nmCoEZtUwnl1KqLrcnDB1DK/U3YdxUSMBDQcCjcz13o"
"""Of `PASSWORD`, made before: hashing takes long on a busy machine."""

PATIENCE = 20.0
"""Seconds after which a test gives up on a process."""

# A session leader that opens a terminal makes it its own: prompts and Ctrl-C need that.
_ON_TERMINAL = "import os; os.close(os.open(os.ttyname(0), os.O_RDWR)); from gatepass.cli import main; main()"


@dataclass(frozen=True)
class Said:
    """What a command left behind.

    Attributes:
        code: its exit code.
        out: standard output.
        err: standard error.
    """

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the JSON that was asked for."""
        assert self.code == 0, self
        return json.loads(self.out)


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEPASS_")} | more


class Command:
    """`gatepass` in this process, in the current folder, with no terminal."""

    def __init__(self) -> None:
        self.environment: dict[str, str | None] = {name: None for name in os.environ if name.startswith("GATEPASS_")}

    def __call__(self, *words: str, given: str | bytes = b"") -> Said:
        """Run one command line.

        Args:
            given: standard input.
        """
        with CliRunner().isolation(input=given, env=self.environment) as (out, err, _):
            code = run(words)
            sys.stdout.flush()
            sys.stderr.flush()
        return Said(code, out.getvalue().decode(), err.getvalue().decode())

    def user(self, name: str, email: str | None = None) -> dict[str, Any]:
        """A new user with `PASSWORD`, as `users show` tells about him."""
        line = {"username": name, "email": email, "password_hash": HASH}
        assert self("users", "import", "-", given=json.dumps(line)).code == 0
        made: dict[str, Any] = self("users", "show", "--json", "--by", "username", "--", name).json
        return made


def process(*words: str, folder: Path, given: bytes = b"", **environment: str) -> Said:
    """`python -m gatepass` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "gatepass", *words],
        cwd=folder,
        env=clean_environment(**environment),
        input=given,
        capture_output=True,
        timeout=PATIENCE,
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


class Terminal:
    """A person at a terminal with one command running on it."""

    def __init__(self, process: "subprocess.Popen[bytes]", master: int) -> None:
        self._process = process
        self._master = master
        self._fresh = ""
        self.seen = ""

    def expect(self, text: str) -> None:
        """Read on until `text` was shown after what was read before."""
        while text not in self._fresh:
            part = self._read()
            assert part, f"{text!r} was never shown: {self.seen!r}"
            self._fresh += part
        self._fresh = self._fresh.partition(text)[2]

    def type(self, line: str, end: str = "\n") -> None:
        """Type a line."""
        os.write(self._master, f"{line}{end}".encode())

    def end(self) -> int:
        """Read what is still shown; the exit code."""
        while self._read():
            pass
        return self._process.wait(PATIENCE)

    def _read(self) -> str:
        ready, _, _ = select.select([self._master], [], [], PATIENCE)
        assert ready, f"nothing more was shown: {self.seen!r}"
        try:
            part = os.read(self._master, 4_096).decode()
        except OSError:  # so Linux says that the other end has closed
            part = ""
        self.seen += part
        return part


@contextmanager
def terminal(*words: str, folder: Path, **environment: str) -> Iterator[Terminal]:
    """`gatepass` on a terminal of its own; it is killed if the test leaves it running."""
    master, slave = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", _ON_TERMINAL, *words],
        cwd=folder,
        env=clean_environment(TERM="xterm", COLUMNS="100", **environment),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(running, master)
    finally:
        if running.poll() is None:
            running.kill()
        running.wait()
        os.close(master)
