"""Where the peers live: the main environment, and three more that are made beside it when they can be.

PyJWT 2.12 lies in a folder of its own that comes before the newest one on the path. ryjwt
needs Python 3.12 or newer, so it gets a virtual environment with Gatepass beside it, to be
compared within one interpreter. Node.js gets its packages by npm. All is pinned by hashes
and lies in `.made/`, with a stamp; what cannot be made is told with the reason.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MADE = HERE.parent / ".made"
PINS = ROOT / "requirements" / "peers"
SECONDS = 40.0
"""Longest that one step of an installation may take."""

NEWER = ((3, 13), (3, 12), (3, 14))
"""Versions that ryjwt runs on, the one we like best first."""

MAIN = "the bare call|Gatepass|Gatepass, Struct|PyJWT|joserfc|Authlib|jwcrypto|python-jose|oxyjwt|oxyjwt, all demanded"
"""Who is measured in the main environment."""


@dataclass(frozen=True)
class Environment:
    """How to start one worker.

    Attributes:
        name: stands in the names of cases.
        command: the program and its arguments.
        variables: set for it, on top of ours.
    """

    name: str
    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


class Missing(Exception):
    """Something cannot be installed here; the text says why."""


def environments() -> tuple[list[Environment], dict[str, str]]:
    """All that could be made, and for the peers that could not, why."""
    found, missing = [main()], {}
    for peers, make in {"PyJWT 2.12": older, "ryjwt": newer, "jsonwebtoken, fast-jwt, jose": node}.items():
        try:
            found.append(make())
        except Missing as error:
            missing[peers] = str(error)
    return found, missing


def main() -> Environment:
    """What `make bench` installed."""
    return Environment("main", (sys.executable, str(HERE / "worker.py"), *MAIN.split("|")))


def older() -> Environment:
    """The main environment with PyJWT 2.12 before the newest one."""
    folder, pins = MADE / "pyjwt-2.12", PINS / "pyjwt-2.12.txt"
    fill(folder, pins.read_bytes(), lambda: install(Path(sys.executable), pins, "--target", str(folder)))
    return Environment("older", (sys.executable, str(HERE / "worker.py"), "PyJWT"), {"PYTHONPATH": str(folder)})


def newer() -> Environment:
    """A newer Python with ryjwt, and Gatepass from the source."""
    python, pins = newer_python(), PINS / "ryjwt.txt"
    folder = MADE / "ryjwt"

    def make() -> None:
        run(str(python), "-m", "venv", str(folder))
        install(folder / "bin" / "python", pins)

    fill(folder, pins.read_bytes() + str(python).encode(), make)
    command = (str(folder / "bin" / "python"), str(HERE / "worker.py"), "Gatepass", "Gatepass, Struct")
    return Environment("newer", (*command, "ryjwt", "ryjwt, Struct"), {"PYTHONPATH": str(ROOT / "src")})


def newer_python() -> Path:
    """This Python, or one on the path, or one of pyenv's; of a version that has what ryjwt needs."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for major, minor in (sys.version_info[:2], *NEWER):
        if (major, minor) not in NEWER:
            continue
        named = shutil.which(f"python{major}.{minor}")
        for candidate in ([named] if named else []) + sorted(map(str, pyenv.glob(f"{major}.{minor}.*/bin/python3"))):
            if answers(candidate, (major, minor)):
                return Path(candidate)
    raise Missing("no Python 3.12 or newer was found, and it runs on nothing older")


def answers(python: str, version: tuple[int, int]) -> bool:
    """Whether this is a Python of that version that runs and can make environments."""
    code = f"import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != {version})"
    try:
        return subprocess.run([python, "-c", code], capture_output=True, timeout=SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def node() -> Environment:
    """Node.js with its packages. The worker lies beside them, as its imports are looked up from there."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        raise Missing("node and npm are not both on the path")
    folder, files = MADE / "node", [HERE / "package.json", HERE / "package-lock.json"]

    def make() -> None:
        folder.mkdir(parents=True)
        for file in files:
            shutil.copy(file, folder)
        quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier", "--loglevel", "error")
        run(npm, "ci", *quiet, "--cache", str(folder / "cache"), folder=folder)
        shutil.rmtree(folder / "cache", ignore_errors=True)

    fill(folder, b"".join(file.read_bytes() for file in files), make)
    shutil.copy(HERE / "worker.mjs", folder)
    return Environment("node", (program, str(folder / "worker.mjs")))


def fill(folder: Path, content: bytes, make: Callable[[], None]) -> None:
    """Make a folder anew unless it was completed for exactly this."""
    stamp = folder / "gatepass-stamp"
    made_for = hashlib.sha256(content + str(folder).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == made_for:
        return
    shutil.rmtree(folder, ignore_errors=True)
    print(f"Setting up {folder.relative_to(ROOT)}.", flush=True)
    make()
    stamp.write_text(made_for)


def install(python: Path, pins: Path, *where: str) -> None:
    """Exactly the files whose hashes are listed, wheels only."""
    quiet = ("-qq", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--root-user-action", "ignore")
    exact = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(pins))
    run(str(python), "-m", "pip", "install", *quiet, *where, *exact)


def run(*command: str, folder: Path | None = None) -> None:
    """One step of an installation; its last words are the reason if it fails."""
    # What a person set for his own installations must not redirect ours.
    strays = {"PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH"}
    variables = {name: value for name, value in os.environ.items() if name not in strays}
    try:
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{Path(command[0]).name} {type(error).__name__}") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Missing(f"{Path(command[0]).name} ended with {done.returncode}: {said[-1][:160] if said else 'no word'}")
