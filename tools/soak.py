"""Load and faults for minutes, then an audit of every acknowledged change: `make soak ARGS="--minutes 10"`.

On each engine a crowd signs in, refreshes, signs out, revokes, registers and changes
passwords, while servers are killed, PostgreSQL is restarted, crashed and failed over, a
disk gets full, backups are made and the doctor comes. Exit code 1 when a change was lost,
somebody was wrongly let in or turned away, or an error came while nothing was done; and
when the time of a refused sign-in tells who has an account.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from random import SystemRandom
from time import monotonic

# Run as a script, the folder of the repository is not where modules are looked for.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.postgres import MISSING, binaries
from tests.support.soak import enumeration
from tests.support.soak.scenes import SCENES, Scene

LONGEST_END = 300.0
"""Seconds for starting, the audit and stopping, beyond the minutes that were asked for."""


async def soak(engine: str, seconds: float, seed: int) -> bool:
    """One engine; whether all was well."""
    with tempfile.TemporaryDirectory(prefix="gatepass-soak-") as folder:
        async with asyncio.timeout(seconds + LONGEST_END), SCENES[engine](Path(folder), seed) as scene:
            began = monotonic()
            await scene.play(seconds)
            return told(engine, scene, monotonic() - began)


def told(engine: str, scene: Scene, seconds: float) -> bool:
    """Print what happened; whether all was well."""
    ledger = scene.crowd.ledger
    verdict = ledger.verdict()
    changes = ", ".join(f"{kind} {number}" for kind, number in ledger.changes.most_common())
    print(f"{engine}: {seconds:.0f} s, {ledger.changes.total():,} acknowledged changes ({changes})")
    print(f"{engine}: {len(scene.done)} times something was done: {', '.join(scene.done)}")
    for sentence in [*ledger.found, *ledger.outside()][:20]:
        print(f"{engine}: {sentence}")
    for node in scene.nodes:
        if "Traceback" in node.log():
            print(f"{engine}: a server met an error it did not foresee:\n{node.log()[-4_000:]}")
    print(f"{engine}: {verdict}", flush=True)
    return verdict.good and not any("Traceback" in node.log() for node in scene.nodes)


def main() -> int:
    """Read the command line, run, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="of load, shared by the engines (default: 10)")
    parser.add_argument("--engine", choices=[*SCENES, "both"], default="both")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**32), help="of what the crowd does")
    parser.add_argument(
        "--tries",
        type=int,
        default=enumeration.TRIES,
        help="refused sign-ins, timed at the end to see whether the time tells who has an account; 0 leaves it out",
    )
    asked = parser.parse_args()
    engines = [engine for engine in SCENES if asked.engine in (engine, "both")]
    if "postgresql" in engines and binaries() is None:
        print(f"postgresql: left out: {MISSING}")
        engines.remove("postgresql")
    print(f"seed: {asked.seed}", flush=True)
    seconds = asked.minutes * 60 / max(1, len(engines))
    good = [asyncio.run(soak(engine, seconds, asked.seed)) for engine in engines]
    if asked.tries:
        good.append(asyncio.run(enumeration.main(asked.tries)) == 0)
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
