"""The figures of the stateful half as Markdown, and as pictures."""

from collections.abc import Iterable, Sequence

from bench.peers.chart import GAP, LINE, TITLE, TOP, Bar, in_words, panel, picture
from bench.state.figures import CPU_GOAL, FLAT, REFRESH, Figures, Load, Step

MARKS = ("<!-- state: written by `make bench-state` -->", "<!-- state: end -->")
WIDTH, NAMES = 452, 148
"""Pixels of a picture, and of the names in it: narrow, so that it can be read on a telephone."""


def report(figures: Figures) -> str:
    """All of it."""
    parts = [
        f"{', '.join(figures.setting)}.\n",
        "### Refreshes that are on disk when they are answered\n",
        rates(figures),
        *(["### A request over HTTP\n", requests(figures), goal(figures)] if figures.requests else []),
        *(["### As tables grow\n", growth(figures), flatness(figures)] if figures.steps else []),
        *(f"Missing: {name}, {reason}.\n" for name, reason in figures.missing.items()),
    ]
    return "\n".join(parts)


def rates(figures: Figures) -> str:
    """Refreshes per second and their p99, a line for each number of clients."""
    engines = figures.engines()
    head = ["clients", *(f"{engine}, {what}" for engine in engines for what in ("per second", "p99"))]
    lines = []
    for clients in dict.fromkeys(load.clients for load in figures.rates):
        found = [figures.rate(Load(engine, clients)) for engine in engines]
        cells = [cell for rate in found for cell in (f"{rate.per_second:,.0f}", f"{rate.p99:.1f} ms")]
        lines.append([str(clients), *cells])
    return _table(head, lines)


def requests(figures: Figures) -> str:
    """What each kind of request costs the server, and how long it takes."""
    found = [(kind, figures.request(kind)) for kind in figures.requests]
    lines = [[kind, f"{seen.cpu:.0f} µs", f"{seen.wait:.2f} ms"] for kind, seen in found]
    return _table(["", "CPU", "alone, until answered"], lines)


def goal(figures: Figures) -> str:
    """Whether a refresh is as cheap as it should be."""
    cpus = [seen.cpu for seen in figures.requests[REFRESH]]
    verdict = "holds" if figures.request(REFRESH).cpu <= CPU_GOAL else "missed"
    best = f"the best round took {min(cpus):.0f} µs"
    return f"`{REFRESH}` should take {CPU_GOAL} µs of CPU at most: {verdict}; {best}.\n"


def growth(figures: Figures) -> str:
    """Microseconds by what was done and the number of sessions, each with a grant, a family and a status entry."""
    sizes = figures.sizes()
    lines = [
        [f"{what}, {engine}", *(_time(figures.step(Step(what, engine, rows))) for rows in sizes)]
        for what, engine in figures.kinds()
    ]
    return _table(["sessions", *(f"{rows:,}" for rows in sizes)], lines)


def flatness(figures: Figures) -> str:
    """Which steps take longer in large tables."""
    grown = [(what, engine, figures.growth(what, engine)) for what, engine in figures.kinds()]
    told = [f"{what}, {engine}: {times:.1f} times" for what, engine, times in grown if times > FLAT]
    sizes = figures.sizes()
    by = f"A table {sizes[-1] // sizes[0]:,} times as large"
    if told:
        return f"{by} takes more than {FLAT} times as long for: {'; '.join(told)}.\n"
    return f"{by} takes no step more than {FLAT} times as long; the most is {max(times for *_, times in grown):.1f}.\n"


def pictures(figures: Figures) -> dict[str, str]:
    """File names and pictures; only of what was measured."""
    drawn = {"refresh-rates.svg": _bars("Durable refreshes per second", "longer is better", _rate_panels(figures))}
    if figures.requests:
        bars = [
            Bar(kind, figures.request(kind).cpu, "bare" if "uvicorn" in kind else "ours") for kind in figures.requests
        ]
        title = "Microseconds of CPU for one request"
        drawn["request-times.svg"] = _bars(title, "shorter is better", {"HTTP": bars})
    if figures.steps:
        title = "Microseconds for one step, as tables grow"
        drawn["table-growth.svg"] = _bars(title, "flat is better", _growth_panels(figures))
    return drawn


def _rate_panels(figures: Figures) -> dict[str, list[Bar]]:
    return {
        engine: [
            Bar(_clients(load.clients), seen.per_second, "ours", f"{seen.per_second:,.0f}, p99 {seen.p99:.1f} ms")
            for load, seen in ((load, figures.rate(load)) for load in figures.rates if load.engine == engine)
        ]
        for engine in figures.engines()
    }


def _growth_panels(figures: Figures) -> dict[str, list[Bar]]:
    return {
        f"{what}, {engine}": [
            Bar(f"{rows:,} sessions", figures.step(Step(what, engine, rows)), "ours") for rows in figures.sizes()
        ]
        for what, engine in figures.kinds()
    }


def _bars(title: str, note: str, panels: dict[str, list[Bar]]) -> str:
    down, drawn = TOP, []
    for name, bars in panels.items():
        drawn.append(panel(name, bars, 0, down, NAMES))
        down += TITLE + LINE * len(bars) + GAP
    return picture(title, f"Bar charts of medians. {in_words(panels)}", f"{title}; {note}", drawn, (WIDTH, down))


def _clients(number: int) -> str:
    return "1 client" if number == 1 else f"{number} clients at once"


def _time(microseconds: float) -> str:
    return f"{microseconds:,.0f} µs"


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [head, ["---", *["---:"] * (len(head) - 1)], *lines]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows) + "\n"
