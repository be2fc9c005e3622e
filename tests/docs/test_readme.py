"""The README is tried as a newcomer would: its route, and its commands in their order."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documents import only_block
from tests.support.source import ROOT

README = ROOT / "README.md"
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
ANCHOR = re.compile(r"\]\((?!https?:)([^)#]*)#([^)]+)\)")
PASSWORD = "seven quiet otters juggle"
WAIT = (
    "wait_for() { for _ in $(seq 200); do (: </dev/tcp/127.0.0.1/$1) 2>/dev/null && return; sleep 0.05; done; exit 9; }"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_protected_route_has_at_most_15_lines_of_code() -> None:
    assert len([line for line in only_block(README, "python").splitlines() if line.strip()]) <= 15


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with shop.py; what was started there is stopped by the group it is in."""
    yield tmp_path
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.killpg(int((tmp_path / "group").read_text()), signal.SIGTERM)


def test_the_commands_of_the_readme_work_in_their_order(folder: Path) -> None:
    serve, shop = str(free_port()), str(free_port())
    (folder / "shop.py").write_text(only_block(README, "python").replace("8000", serve).replace("9000", shop))
    commands = only_block(README, "sh").replace("8000", serve).replace("9000", shop)
    commands = re.sub(r"^pip install .*\n", "", commands, flags=re.MULTILINE)
    commands = commands.replace("gatepass serve &", f"gatepass serve --port {serve} & wait_for {serve}")
    commands = commands.replace("gatepass users create ada", 'echo "$PASSWORD" | gatepass users create ada')
    commands = re.sub(r"^read -rs PASSWORD .*\n", "", commands, flags=re.MULTILINE)
    script = f"echo $$ > group\n{WAIT}\nset -e\n{commands}\nkill $(jobs -p)\nwait\n"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run(
        [bash, "-c", script],
        cwd=folder,
        env={"PATH": path, "PASSWORD": PASSWORD, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
        check=False,
    )
    answers = re.findall(r"\{.*?\}", done.stdout.replace("\n", " "))
    assert '"error":"credential_required"' in done.stdout, done.stderr
    assert any('"orders of"' in answer for answer in answers), done.stdout + done.stderr


def test_every_link_of_the_documents_leads_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [(one, target) for one in documents for target in LINK.findall(one.read_text())]
    assert not [f"{one.name}: {target}" for one, target in links if not (one.parent / target).exists()]


def test_every_link_to_a_heading_finds_it() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [(one, *found) for one in documents for found in ANCHOR.findall(one.read_text())]
    assert not [
        f"{one.name}: {target}#{anchor}"
        for one, target, anchor in links
        if anchor not in anchors(one.parent / target if target else one)
    ]


def anchors(document: Path) -> set[str]:
    """The names that a page shows its headings under: small letters, hyphens for blanks, no other signs."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
