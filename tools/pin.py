"""Pin what `requirements/*.in` and pyproject.toml ask for: `make pin`. For maintainers; needs `uv` on the path.

Writes one `requirements/PURPOSE.txt` each: every package with its exact version and
hashes, valid for Python 3.11 to 3.13 on every system, without the names of indexes.
All purposes share one environment, so the later files take the versions of the first;
`requirements/peers/` holds what lives in environments of its own.
The first line of each file tells what a set-up costs, measured here and now.
"""

import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PURPOSES = ("demo", "test", "bench")
PEERS = {"pyjwt-2.12": "3.11", "ryjwt": "3.12"}
"""What `make bench-jose` installs beside `.venv`, and the oldest Python that runs it."""

COMPILE = ["uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
COMPILE += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]


def main(arguments: list[str]) -> int:
    """Pin all purposes; `--upgrade` takes the newest versions instead of keeping the pinned ones."""
    for purpose in PURPOSES:
        pinned = pin(purpose, arguments)
        megabytes, seconds = measure(pinned)
        header = f"# downloads about {megabytes} MB, takes about {seconds} s on two cores and a fast line.\n"
        pinned.write_text(header + pinned.read_text())
        print(f"{pinned.relative_to(ROOT)}: {megabytes} MB, {seconds} s")
    for peer, oldest in PEERS.items():
        print(pin_peer(peer, oldest, arguments).relative_to(ROOT))
    return 0


def pin(purpose: str, arguments: list[str]) -> Path:
    """Compile one file; it starts from what is pinned already, so only what must change does."""
    folder = ROOT / "requirements"
    target = folder / f"{purpose}.txt"
    sources: list[str | Path] = [ROOT / "pyproject.toml", "--extra", "server", folder / "demo.in"]
    sources += [folder / f"{purpose}.in"] if purpose != "demo" else []
    others = [folder / f"{other}.txt" for other in PURPOSES[: PURPOSES.index(purpose)]]
    limits = [part for other in others for part in ("--constraints", other)]
    compile_pins(target, "3.11", [*arguments, *sources, *limits])
    return target


def pin_peer(peer: str, oldest: str, arguments: list[str]) -> Path:
    """Compile one file of a peer. Its packages live alone, but those that Gatepass needs are the same everywhere."""
    folder = ROOT / "requirements" / "peers"
    target = folder / f"{peer}.txt"
    limits: list[str | Path] = ["--constraints", ROOT / "requirements" / "demo.txt"]
    compile_pins(target, oldest, [*arguments, folder / f"{peer}.in", *limits])
    return target


def compile_pins(target: Path, oldest: str, arguments: list[str | Path]) -> None:
    """Let uv choose the versions for every system and every Python from `oldest` on."""
    command = [*COMPILE, "--python-version", oldest, *arguments, "--output-file", target]
    subprocess.run(command, check=True, cwd=ROOT)


def measure(pinned: Path) -> tuple[int, int]:
    """Megabytes and seconds of one set-up from nothing, in a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        began = time.monotonic()
        python = Path(name) / "venv" / "bin" / "python"
        venv.create(python.parent.parent, with_pip=True)
        pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", "-qq"]
        only: list[str | Path] = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", pinned]
        subprocess.run([*pip, "download", *only, "--dest", Path(name) / "files"], check=True)
        subprocess.run([*pip, "install", "--find-links", Path(name) / "files", "--no-index", *only], check=True)
        size = sum(file.stat().st_size for file in (Path(name) / "files").iterdir())
        return round(size / 1e6), round(time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
