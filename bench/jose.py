"""Microseconds to sign and to verify a token: Gatepass beside its peers in Python, Rust and Node.js.

    python bench/jose.py [rounds] [--docs]

Every environment (this Python, one with an older PyJWT, a newer Python, Node.js) is a
process of its own that waits until it is asked. All cases take turns in one run, so that
whatever else the machine does hits all alike; medians of the rounds count, and ratios are
taken within a round. All get the same claims and keys, and each has to accept a good token
and to refuse an altered one before it is timed. With `--docs` the figures are written into
docs/performance.md, and a picture of them.
"""

import argparse
from pathlib import Path

from peers import table
from peers.chart import chart
from peers.environments import environments
from peers.figures import Figures
from peers.rounds import run
from peers.workers import working

DOCS = Path(__file__).resolve().parent.parent / "docs"
SHORT, LONG = 9, 101


def main() -> None:
    """Measure, and say what was seen."""
    parser = argparse.ArgumentParser(description="Time to sign and to verify a token, beside the peers.")
    parser.add_argument("rounds", type=int, nargs="?", help=f"default {SHORT}, with --docs {LONG}")
    parser.add_argument("--docs", action="store_true", help="write the figures into docs/performance.md")
    given = parser.parse_args()
    found, missing = environments()
    with working(found) as workers:
        figures = run(workers, given.rounds or (LONG if given.docs else SHORT), missing)
    print(table.report(figures))
    if given.docs:
        write(figures)


def write(figures: Figures) -> None:
    """Renew the table and the picture."""
    page = DOCS / "performance.md"
    page.write_text(table.put(page.read_text(), table.report(figures)))
    (DOCS / "pictures" / "token-times.svg").write_text(chart(figures))


if __name__ == "__main__":
    main()
