"""Make `.venv` ready for one purpose: `sh tools/python.sh tools/setup.py demo|test|bench`.

Standard library only, and nothing outside this folder and a temporary one is
touched: no cache in the home folder, no system software. A stamp in `.venv` holds
what the environment was made from, so a second run does nothing; an interrupted one
leaves a mark, and the next run starts anew.

The project itself is not built: one `.pth` line puts `src/` on the path and a small
script is the `gatepass` command. An editable install would say the same with a build
backend and its five dependencies to pin, download and run.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OURS = VENV / "gatepass"
"""Our notes inside `.venv`: `made` (by this script), `unfinished`, and a stamp per purpose."""

COMMAND = """#!/bin/sh
'''exec' '{python}' "$0" "$@"
' '''
# sh runs the line above and Python reads it as text: no limit on length or spaces of the path.
import sys

from gatepass.cli import main

sys.exit(main())
"""
NO_VENV = """This Python ({python}) can make no virtual environment: it has neither `ensurepip` nor `pip`.
Install one of them (Debian, Ubuntu: apt-get install python3-venv; Fedora: dnf install python3-pip) and try again,
or name another Python: make PYTHON=/path/to/python3 …"""


def main(arguments: list[str]) -> int:
    """Set up for the purpose named in `arguments`; 0 when `.venv` is ready."""
    if len(arguments) != 1 or not requirements(arguments[0]).is_file():
        purposes = "|".join(sorted(path.stem for path in (ROOT / "requirements").glob("*.txt")))
        return fail(f"usage: sh tools/python.sh tools/setup.py {purposes}")
    purpose = arguments[0]
    with alone():
        if not ready(purpose):
            prepare(purpose)
    # The project's own code, too: the environment may forbid Python to write byte code by itself. A file that
    # does not compile is the next command's news, with a better message.
    subprocess.run([PYTHON, "-m", "compileall", "-qq", ROOT / "src"])
    return 0


def requirements(purpose: str) -> Path:
    """The file of pinned, hashed packages for `purpose`."""
    return ROOT / "requirements" / f"{purpose}.txt"


@contextmanager
def alone() -> Iterator[None]:
    """One set-up at a time. The folder itself is the lock: it dies with the process and leaves no file."""
    handle = os.open(ROOT / "requirements", os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is at work here; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def ready(purpose: str) -> bool:
    """Whether `.venv` was completed for exactly these requirements, in this folder, by a Python that runs."""
    stamp = OURS / purpose
    if (OURS / "unfinished").exists() or not stamp.is_file() or stamp.read_text() != stamp_text(purpose):
        return False
    return version(PYTHON) is not None and not other_python_wanted()


def stamp_text(purpose: str) -> str:
    """What the environment depends on. Scripts hold absolute paths: a moved folder is another one."""
    parts = requirements(purpose).read_bytes(), Path(__file__).read_bytes()
    return " ".join([*(hashlib.sha256(part).hexdigest() for part in parts), str(ROOT)])


def version(python: Path) -> str | None:
    """`3.11` for a Python that Gatepass supports, None for one that is too old or does not run."""
    code = "import sys; v = sys.version_info; print(f'{v[0]}.{v[1]}') if v >= (3, 11) else sys.exit(1)"
    try:
        answer = subprocess.run([python, "-c", code], capture_output=True, text=True)
    except OSError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def other_python_wanted() -> bool:
    """Whether PYTHON=… asks for another version than the one `.venv` was made with."""
    return bool(os.environ.get("PYTHON")) and version(PYTHON) != version(Path(sys.executable))


def prepare(purpose: str) -> None:
    """Create or complete `.venv`, install what `purpose` needs, and only then leave the stamp."""
    if unusable():
        remove()
    say(f"Setting up .venv for `make {purpose}`: {cost(purpose)}{', less what is there' if PYTHON.exists() else ''}.")
    if not PYTHON.exists():
        create()
    OURS.mkdir(exist_ok=True)
    (OURS / "unfinished").touch()
    install(requirements(purpose))
    install_project()
    (OURS / "unfinished").unlink()
    (OURS / purpose).write_text(stamp_text(purpose))


def cost(purpose: str) -> str:
    """What the header of the requirements says about size and time."""
    found = re.search(r"^# (downloads .*)\.$", requirements(purpose).read_text(), re.MULTILINE)
    return found[1] if found else "size unknown"


def unusable() -> bool:
    """Whether the `.venv` that is there must go: half made, moved, or of another Python."""
    if not VENV.exists():
        return False
    ours = (OURS / "made").is_file()
    half_made = ours and ((OURS / "unfinished").exists() or (OURS / "made").read_text() != str(ROOT))
    return half_made or version(PYTHON) is None or other_python_wanted()


def remove() -> None:
    """Delete `.venv`, if it is ours to delete."""
    if not (OURS / "made").is_file():
        stop("The .venv here was not made by `make` and cannot be used as it is: remove or rename it, then try again.")
    shutil.rmtree(VENV)


def create() -> None:
    """An empty environment, marked as ours and as unfinished before anything else happens."""
    OURS.mkdir(parents=True)
    (OURS / "made").write_text(str(ROOT))
    (OURS / "unfinished").touch()
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    if not has_ensurepip and importlib.util.find_spec("pip") is None:
        shutil.rmtree(VENV)
        stop(NO_VENV.format(python=sys.executable))
    run(sys.executable, "-m", "venv", *([] if has_ensurepip else ["--without-pip"]), VENV)


def install(wanted: Path) -> None:
    """Install exactly the files whose hashes are listed, wheels only: nothing is built, nothing else is fetched."""
    own_pip = subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0
    # Without ensurepip, the pip of the system installs into our environment from outside (pip 22.3 and newer).
    pip = [str(PYTHON), "-m", "pip"] if own_pip else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    quiet = ["-qq", "--disable-pip-version-check", "--no-input", "--root-user-action", "ignore"]
    exact = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--compile"]
    run(*pip, "install", *quiet, *exact, "--requirement", wanted)


def install_project() -> None:
    """Put `src/` on the path and the `gatepass` command beside Python."""
    packages = next((VENV / "lib").glob("python3.*")) / "site-packages"
    (packages / "gatepass-source.pth").write_text(f"{ROOT / 'src'}\n")
    command = VENV / "bin" / "gatepass"
    command.write_text(COMMAND.format(python=str(PYTHON).replace("'", "'\\''")))
    command.chmod(0o755)


def run(*command: str | Path) -> None:
    """Run one command, shown nowhere unless it fails; its own words go to the terminal."""
    # What a person set for his own installations (--user, --target) must not redirect ours.
    strays = {"PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    environment = {name: value for name, value in os.environ.items() if name not in strays}
    done = subprocess.run(command, env=environment)
    if done.returncode:
        stop(f"The set-up stopped: {' '.join(map(str, command[:4]))} … ended with {done.returncode}.")


def say(text: str) -> None:
    """One line for the person who waits."""
    print(text, flush=True)


def fail(text: str) -> int:
    """Say why, and return the exit code of a failure."""
    print(text, file=sys.stderr, flush=True)
    return 1


def stop(text: str) -> NoReturn:
    """Say why, and end."""
    sys.exit(fail(text))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        stop("Interrupted; the next run starts the set-up anew.")
