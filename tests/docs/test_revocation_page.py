"""`docs/revocation.md` is a program that does what it says, and its tables hold the values of the code."""

import re
import subprocess
import sys
from pathlib import Path

from gatepass.gate import Metrics
from gatepass.gate.introspection import DEADLINE, MAX_ASKING
from gatepass.gate.status import POLL, SERVES, SPREAD
from gatepass.gate.status_source import WAIT

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "revocation.md").read_text()


def test_its_code_prints_what_stands_below_it() -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    [printed] = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == printed


def test_its_figures_are_those_of_the_code() -> None:
    assert f"| {POLL * (1 - SPREAD):g} to {POLL} s, " in PAGE
    assert f"without anybody waiting for | {SERVES:g} s |" in PAGE
    assert f"within | **{SERVES + 0.5:g} s** |" in PAGE
    assert f"at most | {WAIT:g} s |" in PAGE
    assert (MAX_ASKING, DEADLINE) == (16, 5)


def test_it_lists_everything_that_a_gate_counts() -> None:
    rows = [row for row in PAGE.partition("## What a gate counts")[2].splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == set(Metrics.__struct_fields__)
