"""The command line of the auth server, for what no visitor can do."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from gatepass.demo.story.visit import Unexpected

SECONDS = 20.0
COMMAND = "from gatepass.cli import main; main()"


class Console:
    """Runs `gatepass …` where the auth server's data is; the story's `Operator`.

    Args:
        settings: the environment that the auth server has.
        folder: where it was started.
    """

    def __init__(self, settings: Mapping[str, str], folder: Path) -> None:
        self._settings = dict(settings)
        self._folder = folder

    def command(self, *words: str) -> str:
        """What `gatepass …` prints.

        Raises:
            Unexpected: the command failed, or does not come to an end.
        """
        try:
            done = subprocess.run(  # noqa: S603 - this Python, with words of the story
                [sys.executable, "-c", COMMAND, *words],
                env=self._settings,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=SECONDS,
                check=False,
                start_new_session=True,  # Ctrl-C is for the demo, which ends between two steps
            )
        except subprocess.TimeoutExpired:
            raise Unexpected(f"`gatepass {' '.join(words)}` does not come to an end.") from None
        if done.returncode:
            raise Unexpected(f"`gatepass {' '.join(words)}` failed: {done.stderr.strip()}")
        return done.stdout
