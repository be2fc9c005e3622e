"""Lets all cases of all workers take turns, and keeps the time of each."""

import json
import random
import time
from collections.abc import Sequence
from typing import Any

from gatepass.jose import Key, TokenRefused, Verifier

from .figures import ALONE, Case, Figures, Row
from .job import new_job
from .workers import Gone, Worker

BATCH = 2_000_000
"""Nanoseconds of one turn: shorter than what a busy machine takes away at once, mostly."""

LUCK = 20_000_000
"""The same for ML-DSA, which signs by trial and error (FIPS 204, algorithm 7): only many calls have a usual time."""

WARM_ROUNDS = 2
"""Rounds that do not count: a just-in-time compiler is at work."""

MOST_SECONDS = 110.0
"""After that the round is the last one, whatever was asked for."""


class Run:
    """The cases that are still in, by who measures them."""

    def __init__(self, missing: dict[str, str]) -> None:
        self.job = new_job()
        self.missing = missing
        self.labels: dict[Row, str] = {}
        self.accepts: dict[Row, Sequence[str]] = {}
        self.setting: list[str] = []
        self.at: dict[Case, tuple[Worker, str, int]] = {}
        self.taken: dict[Case, list[float]] = {}

    def enter(self, worker: Worker) -> None:
        """Get a worker ready, and every case of it that holds what it promises."""
        try:
            ready = worker.ask(json.dumps(self.job))
            self._note(worker, ready)
            for name in ready["cases"]:
                case = parsed(name, worker.name)
                gives_token = case.what == "sign" and ready["peers"][case.row.peer]["signs_tokens"]
                if not gives_token or self._signs(worker, name, case):
                    self.at[case] = worker, name, count_for(worker, name, LUCK if case.alg == ALONE else BATCH)
        except Gone as gone:
            self._let_go(worker, gone)

    def _note(self, worker: Worker, ready: dict[str, Any]) -> None:
        self.setting += ready["setting"]
        self.missing |= {f"{peer} ({worker.name})": reason for peer, reason in ready["missing"].items()}
        for peer, facts in ready["peers"].items():
            row = Row(peer, worker.name)
            self.labels[row] = label(row, facts["version"], ready["setting"][0])
            if facts["accepts"] is not None:
                self.accepts[row] = facts["accepts"]

    def turn(self, case: Case) -> None:
        """Measure one case once."""
        worker, name, count = self.at[case]
        try:
            took = worker.ask(f"measure\t{name}\t{count}")
        except Gone as gone:
            self._let_go(worker, gone)
        else:
            self.taken.setdefault(case, []).append(took / count / 1_000)

    def _let_go(self, worker: Worker, gone: Gone) -> None:
        self.missing[f"all of the environment “{worker.name}”"] = str(gone)
        for case in [case for case, (its, *_) in self.at.items() if its is worker]:
            del self.at[case]
            self.taken.pop(case, None)

    def _signs(self, worker: Worker, name: str, case: Case) -> bool:
        """Whether Gatepass takes what this case signs for good."""
        token = worker.ask(f"signed\t{name}")
        try:
            verifier(self.job, case.alg).verify(token)
        except TokenRefused as refused:
            self.missing[f"{case.row.peer}, sign {case.alg}"] = f"Gatepass refuses its token: {refused.code}"
            return False
        return True

    def figures(self) -> Figures:
        """What came out."""
        return Figures(self.taken, self.labels, self.accepts, self.missing, list(dict.fromkeys(self.setting)))


def run(workers: list[Worker], rounds: int, missing: dict[str, str]) -> Figures:
    """Measure everything, `rounds` times or until the time is up."""
    entered = Run(dict(missing))
    for worker in workers:
        entered.enter(worker)
    order = list(entered.at)
    until = time.monotonic() + MOST_SECONDS
    for number in range(WARM_ROUNDS + rounds):
        # Nobody always runs after the same neighbour, whose traces in the caches would be taken for his own time.
        random.Random(number).shuffle(order)
        for case in order:
            if case in entered.at:
                entered.turn(case)
        if number + 1 == WARM_ROUNDS:
            entered.taken.clear()
        if time.monotonic() > until:
            break
    return entered.figures()


def count_for(worker: Worker, name: str, turn: int) -> int:
    """How many calls fill one turn of so many nanoseconds."""
    count, took = 1, int(worker.ask(f"measure\t{name}\t1"))
    while took < turn // 2:
        count *= 4
        took = int(worker.ask(f"measure\t{name}\t{count}"))
    return max(1, count * turn // took)


def parsed(name: str, environment: str) -> Case:
    """A case from the name that workers give it."""
    what, alg, peer = name.split(":")
    return Case(what, alg, Row(peer, environment))


def label(row: Row, version: str, runtime: str) -> str:
    """As the table calls it: name and version, then the way it is used and where, if not as most others."""
    peer, _, way = row.peer.partition(", ")
    elsewhere = {"newer": runtime.rpartition(".")[0], "node": "Node.js"}.get(row.environment, "")
    said = ", ".join(part for part in (way, elsewhere) if part)
    return f"{peer} {version}".strip() + (f" ({said})" if said else "")


def verifier(job: dict[str, Any], alg: str) -> Verifier[dict[str, Any]]:
    """What every token that a peer signed has to pass."""
    text = job["keys"][alg]["private"]
    make = Key.from_pem if alg != "HS256" else Key.from_secret
    key = make(text.encode(), alg=alg, kid=job["kid"])
    return Verifier(key, issuer=job["issuer"], audience=job["audience"], typ=job["typ"], require=("exp", "iss", "aud"))
