"""The figures as Markdown, and their place in a document."""

from collections.abc import Iterable, Sequence

from .figures import ALONE, BARE, COLUMNS, OURS, Case, Figures, digits, goals
from .job import PROBES

BEGIN, END = "<!-- tokens: written by `make bench-jose` -->", "<!-- tokens: end -->"


def put(document: str, text: str, marks: tuple[str, str] = (BEGIN, END)) -> str:
    """The document with `text` between its two marks.

    Raises:
        ValueError: it does not have them, once each and in order.
    """
    begin, end = map(document.find, marks)
    if {document.count(mark) for mark in marks} != {1} or end < begin:
        raise ValueError("the document must have both marks, once and in order")
    return f"{document[:begin]}{marks[0]}\n\n{text.strip()}\n\n{document[end:]}"


def report(figures: Figures) -> str:
    """All of it."""
    parts = [
        setting(figures),
        "### Verify\n",
        operation(figures, "verify"),
        "### Sign\n",
        operation(figures, "sign"),
        "### A token seen before, HS256\n",
        remembered(figures),
        f"### {ALONE}\n",
        alone(figures),
        "### Who is faster than Gatepass, and how many times\n",
        ahead(figures),
        "### What is not checked\n",
        unchecked(figures),
        "### What has to hold\n",
        demanded(figures),
        missing(figures),
    ]
    return "\n".join(part for part in parts if part)


def setting(figures: Figures) -> str:
    """What it ran on."""
    return f"{', '.join(figures.setting)}; {figures.rounds} rounds.\n"


def operation(figures: Figures, what: str) -> str:
    """Microseconds by peer and algorithm, sorted by HS256. Bold is faster than Gatepass in the same interpreter."""
    rows = list(dict.fromkeys(row for alg in COLUMNS for row in figures.rows(what, alg)))
    lines = [[figures.labels[row], *(_cell(figures, Case(what, alg, row)) for alg in COLUMNS)] for row in rows]
    return _table(["", *COLUMNS], lines)


def remembered(figures: Figures) -> str:
    """Who has a cache of verified tokens, and what it saves."""
    lines = []
    for row in figures.rows("hit", "HS256"):
        full = Case("verify", "HS256", row._replace(peer=row.peer.removesuffix(", cache without hash")))
        lines.append(
            [figures.labels[row], _number(figures.median(Case("hit", "HS256", row))), _number(figures.median(full))]
        )
    return _table(["", "seen before", "not seen before"], lines)


def alone(figures: Figures) -> str:
    """The algorithm that is compared with the bare call only."""
    rows = [row for row in figures.rows("verify", ALONE) if Case("sign", ALONE, row) in figures.taken]
    lines = [
        [figures.labels[row], *(_number(figures.median(Case(what, ALONE, row))) for what in ("verify", "sign"))]
        for row in rows
    ]
    return _table(["", "verify", "sign"], lines)


def ahead(figures: Figures) -> str:
    """Every peer that was clearly faster than Gatepass at something, in words."""
    lines = []
    for what, alg in [(what, alg) for what in ("verify", "sign") for alg in COLUMNS]:
        leads = [(row, figures.lead(Case(what, alg, row))) for row in figures.rows(what, alg)]
        named = [f"{figures.labels[row]} {times:.1f} times" for row, times in leads if times is not None]
        lines += [f"- {alg} {what}: {', '.join(named)}."] if named else []
    return "\n".join(lines or ["Nobody was faster than Gatepass at anything in this run."]) + "\n"


def unchecked(figures: Figures) -> str:
    """What each peer took for good, with the strictest settings it has."""
    by_fault: dict[tuple[str, ...], list[str]] = {}
    for row, taken in figures.accepts.items():
        name = OURS.peer if row.peer.startswith(OURS.peer) else figures.labels[row]
        if row != BARE and name not in by_fault.setdefault(tuple(taken), []):
            by_fault[tuple(taken)].append(name)
    lines = [f"- {_and(names)}: {_and(faults)}." for faults, names in sorted(by_fault.items()) if names and faults]
    strict = by_fault.get((), [])
    text = f"Each verifier was shown {len(PROBES)} bad tokens under a good signature: {_and(list(PROBES))}. "
    text += f"All of them were refused by {_and(strict)}. " if strict else ""
    return text + "Taken for good:\n\n" + "\n".join(lines or ["- nothing by anybody."]) + "\n"


def demanded(figures: Figures) -> str:
    """What the engine has to show, and whether it did."""
    return _table(
        ["", "seen", "demanded", ""], [[goal.text, goal.shown, goal.demanded, goal.verdict] for goal in goals(figures)]
    )


def missing(figures: Figures) -> str:
    """What could not be measured, and why; nothing if all was."""
    if not figures.missing:
        return ""
    return "### Missing\n\n" + "\n".join(f"- {name}: {reason}." for name, reason in figures.missing.items()) + "\n"


def _cell(figures: Figures, case: Case) -> str:
    median = _number(figures.median(case))
    return f"**{median}**" if figures.lead(case) is not None else median


def _number(microseconds: float | None) -> str:
    return "–" if microseconds is None else digits(microseconds)


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [head, ["---", *["---:"] * (len(head) - 1)], *lines]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows) + "\n"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
