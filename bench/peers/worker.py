"""One Python environment under measurement: `python worker.py PEER…`, spoken to over its standard input.

The first line is the job; the answer says which cases there are. Then, one line each:

    measure CASE COUNT    nanoseconds for COUNT calls
    signed CASE           the token that this case signs

Before anything is timed each peer has to accept the good token and refuse the altered
one. It ends when its input does.
"""

import gc
import importlib.metadata
import json
import platform
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

from contenders import PEERS, Contender, Unsupported, Work
from cryptography.hazmat.backends.openssl.backend import backend

ALTERED = "an altered signature"
WARM = 5
"""Every so many calls that are timed, one before them is not: the processor's caches held something else."""


class Cases:
    """All that can be measured here, made ready and tried."""

    def __init__(self, job: dict[str, Any], names: list[str]) -> None:
        self.works: dict[str, Work] = {}
        self.peers: dict[str, dict[str, Any]] = {}
        self.missing: dict[str, str] = {}
        for name in names:
            package, make = PEERS[name]
            try:
                made = dict(self._made(job, make))
                self._add(name, package, job, made)
            except Exception as error:  # noqa: BLE001 - whatever a peer raises, the others are measured
                self.missing[name] = f"{type(error).__name__}: {error}"[:200]

    def _made(self, job: dict[str, Any], make: Any) -> Iterator[tuple[str, Contender]]:
        for alg in job["keys"]:
            try:
                yield alg, make(job, alg)
            except Unsupported:
                continue

    def _add(self, name: str, package: str, job: dict[str, Any], made: dict[str, Contender]) -> None:
        works: dict[str, Work] = {}
        for alg, contender in made.items():
            good = job["tokens"][alg]["good"]
            tried = {"verify": contender.verify, "hit": contender.hit if alg == "HS256" else None}
            for what, work_on in tried.items():
                if work_on is not None:
                    try_out(alg, work_on, job["tokens"][alg])
                    works[f"{what}:{alg}:{name}"] = work_on(good)
            if contender.sign is not None:
                works[f"sign:{alg}:{name}"] = contender.sign
        self.works |= works
        self.peers[name] = {
            "version": importlib.metadata.version(package) if package else "",
            "accepts": unchecked(made["HS256"], job["tokens"]["HS256"]["bad"]),
            "signs_tokens": made["HS256"].signs_tokens,
        }

    def ready(self) -> dict[str, Any]:
        """What there is, and what is not."""
        setting = [f"Python {platform.python_version()}", f"cryptography {importlib.metadata.version('cryptography')}"]
        setting.append(backend.openssl_version_text().partition("  ")[0])
        return {"setting": setting, "peers": self.peers, "cases": list(self.works), "missing": self.missing}


def try_out(alg: str, work_on: Callable[[str], Work], tokens: dict[str, Any]) -> None:
    """A verifier is one only if it can tell a good signature from a bad one."""
    if not accepts(work_on(tokens["good"])):
        raise ValueError(f"refuses a good {alg} token")
    if accepts(work_on(tokens["bad"][ALTERED])):
        raise ValueError(f"accepts an altered {alg} token")


def accepts(verify: Work) -> bool:
    """Whether a verifier takes its token for good."""
    try:
        verify()
    except Exception:  # noqa: BLE001 - every peer has errors of its own
        return False
    return True


def unchecked(contender: Contender, bad: dict[str, str]) -> list[str]:
    """Which bad tokens are taken."""
    return [name for name, token in bad.items() if accepts(contender.verify(token))]


def nanoseconds(work: Work, count: int) -> int:
    """The time of `count` calls."""
    for _ in repeat(None, count // WARM + 1):
        work()
    started = time.perf_counter_ns()
    for _ in repeat(None, count):
        work()
    return time.perf_counter_ns() - started


def main(names: list[str]) -> None:
    """Answer line by line."""
    # Authlib insists on telling that its `jose` will leave; filters do not stop it.
    warnings.showwarning = lambda *_, **__: None
    cases = Cases(json.loads(sys.stdin.readline()), names)
    print(json.dumps(cases.ready()), flush=True)
    # What was imported stays: without this, each collection would walk through all libraries of all peers.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        command, case, *count = line.rstrip("\n").split("\t")
        work = cases.works[case]
        answer = nanoseconds(work, int(count[0])) if command == "measure" else as_text(work())
        print(json.dumps(answer), flush=True)


def as_text(token: Any) -> str:
    """Some sign into bytes."""
    return token.decode() if isinstance(token, bytes) else str(token)


if __name__ == "__main__":
    main(sys.argv[1:])
