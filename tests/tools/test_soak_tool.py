"""`make soak`: the command line, and the line that it ends with."""

import subprocess
import sys

from tests.support.source import ROOT

PATIENCE = 120


def test_the_soak_ends_with_the_verdict_of_its_audit() -> None:
    """Without a minute of load: a server is started, everybody comes, leaves, and is held against the model."""
    command = [sys.executable, "tools/soak.py", "--minutes", "0", "--engine", "sqlite", "--tries", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == (
        "sqlite: lost: 0, wrongly accepted: 0, wrongly refused: 0, 5xx outside faults: 0"
    )
