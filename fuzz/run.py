"""Runs one target under atheris: `python fuzz/run.py NAME [options of libFuzzer]`. See README.md."""

import sys
from pathlib import Path

import atheris  # type: ignore[import-untyped]

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "src")]

with atheris.instrument_imports(include=["gatepass"]):
    from fuzz.targets import TARGETS


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"Choose a target: {', '.join(TARGETS)}.")
    corpus = HERE / ".made" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    finds = f"-artifact_prefix={corpus.parent}/{name}-"
    # A single file is run once; libFuzzer takes either files or folders.
    inputs = [] if any(Path(option).is_file() for option in sys.argv[2:]) else [str(corpus)]
    atheris.Setup([sys.argv[0], "-max_len=20000", finds, *inputs, *sys.argv[2:]], TARGETS[name].run)
    atheris.Fuzz()


main()
