"""What a newcomer may rely on in every corner of the repository."""

import ast
import re
import shutil
import subprocess
import tomllib

import pytest

from tests.support.source import ROOT, files, modules

# Written in two pieces, so that this file does not hold what it forbids.
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "deb." + "debian.org", "crates" + ".io"]
HOMES = re.compile(r"/(?:home|Users)/\w+/|/ro" + r"ot/|C:\\Users\\")
PAPERS = re.compile(r"\bRUL" + r"ES(?: \d|\.md)|\bDES" + r"IGN(?:\.md| draws| says)|\bSTY" + r"LE\.md")
SECRETS = re.compile(r"(?:^|_)(?:mac|tag|expected|secret|signature|password)$")
COMMANDS = {"help", "demo", "test", "check", "bench", "interop", "browser"}
MAX_LINES = 400
# The store's own bookkeeping, and the audit, where an event is nothing but a statement.
SQL_BESIDE_QUERIES = ("gatepass.server.store", "gatepass.server.audit.events")


def texts() -> list[tuple[str, str]]:
    """Name and content of every text file in version control."""
    found = []
    for path in files():
        try:
            found.append((str(path.relative_to(ROOT)), path.read_text()))
        except UnicodeDecodeError:
            continue
    return found


def test_no_file_names_a_registry() -> None:
    """Where packages come from is the reader's choice."""
    assert not [(name, host) for name, text in texts() for host in HOSTS if host in text]


def test_no_file_names_a_home_folder() -> None:
    assert not [(name, found[0]) for name, text in texts() if (found := HOMES.search(text))]


def test_no_file_speaks_of_a_paper_that_is_not_here() -> None:
    """A rule is said where it holds, in words."""
    assert not [(name, found[0]) for name, text in texts() if (found := PAPERS.search(text))]


def test_secrets_are_never_compared_with_an_equals_sign() -> None:
    """How long that takes tells how much of a guess was right; `kernel.ids.same` takes equally long."""
    wrong = []
    for module in modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Compare) and any(isinstance(sign, ast.Eq | ast.NotEq) for sign in node.ops):
                names = [ast.unparse(side).split(".")[-1].removesuffix("()") for side in (node.left, *node.comparators)]
                wrong += [f"{module.path}:{node.lineno}" for name in names if SECRETS.search(name)]
    assert not wrong


def test_the_root_has_less_than_twenty_entries() -> None:
    assert len({path.relative_to(ROOT).parts[0] for path in files()}) < 20


def test_help_lists_the_commands() -> None:
    make = shutil.which("make")
    if not make:
        pytest.skip("make is not installed")
    shown = subprocess.run([make, "--no-print-directory", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    listed = set(re.findall(r"^  make (\w+) +\S", shown.stdout, re.MULTILINE))
    assert listed >= COMMANDS


def test_no_python_file_is_longer_than_one_can_read_in_a_sitting() -> None:
    assert not [
        (name, text.count("\n")) for name, text in texts() if name.endswith(".py") and text.count("\n") > MAX_LINES
    ]


def test_every_module_says_what_it_is_for() -> None:
    assert not [name for name, module in modules().items() if not ast.get_docstring(module.tree)]


def test_sql_is_written_in_queries_only() -> None:
    """Who looks for a table's statements opens one file."""
    wrong = []
    for name, module in modules().items():
        calls = [
            node for node in ast.walk(module.tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Sql"
        ]
        if calls and module.path.name != "queries.py" and not name.startswith(SQL_BESIDE_QUERIES):
            wrong.append(f"{module.path}:{calls[0].lineno}")
    assert not wrong


def test_every_package_we_install_is_pinned_and_hashed() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", path.read_text(), flags=re.MULTILINE).strip())
        assert entries
        for entry in entries:
            assert re.match(r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==\S+", entry), f"{path.name}: {entry[:80]}"
            assert "--hash=sha256:" in entry, f"{path.name}: {entry[:80]}"


def test_all_purposes_share_one_set_of_versions() -> None:
    """They are installed into one environment: `make bench` must not change what `make test` runs on."""
    versions: dict[str, set[str]] = {}
    for path in (ROOT / "requirements").glob("*.txt"):
        for name, version in re.findall(r"^([a-z0-9-]+)==(\S+(?: ; [^\\\n]+)?)", path.read_text(), re.MULTILINE):
            versions.setdefault(name, set()).add(version.strip())
    lines = {name: [v.partition(" ; ")[2] for v in found] for name, found in versions.items()}
    assert not {name: versions[name] for name, markers in lines.items() if len(markers) != len(set(markers))}


def test_everything_we_ask_for_is_pinned() -> None:
    """Else the next `make pin` would be the first to notice."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    server = [*asked["dependencies"], *asked["optional-dependencies"]["server"]]
    lists = {path.stem: path.read_text().splitlines() for path in (ROOT / "requirements").glob("*.in")}
    for purpose, own in lists.items():
        pinned = set(
            re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / f"{purpose}.txt").read_text(), re.MULTILINE)
        )
        wanted = [line for line in [*server, *lists["demo"], *own] if line and not line.startswith("#")]
        assert {re.split(r"[^A-Za-z0-9._-]", line)[0].lower() for line in wanted} <= pinned
