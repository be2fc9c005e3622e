"""Write `docs/events.md` and `docs/metrics.md` from the lists in the code: `.venv/bin/python tools/events_page.py`.

A test compares pages and code, so run this whenever an event or a figure changes.
"""

from pathlib import Path

from gatepass.server.audit.kinds import KINDS, Kind
from gatepass.server.metrics.figures import FIGURES, Figure

DOCS = Path(__file__).resolve().parent.parent / "docs"
EVENTS, METRICS = DOCS / "events.md", DOCS / "metrics.md"

EVENTS_INTRO = """\
# Events

<!-- Made by tools/events_page.py; change src/gatepass/server/audit/kinds.py instead. -->

Every change that matters for security is one row of the table `audit_events`, written in the same transaction
as the change, and one line of the log, written when that transaction is on disk. Names are stable. People are
named by their random `sub`, never by username or e-mail address; no password, token or cookie stands in either.

- **Rows**: `gatepass audit tail`, with `--follow`, `--user`, `--name`, and `--json` for programs. A row has `id` (grows
  with time), `at` (seconds since the epoch), `name`, `user`, `session`, `client`, `address`, `agent`,
  `request_id` and `detail`. When a user is deleted, address and agent are dropped from all rows of that user.
- **Log lines**: one JSON object on standard error of `gatepass serve`, logger `gatepass.audit`, with the same fields;
  the name stands under `event`, and what a row does not say is left out. The `id` is that of the row. What is marked
  below with ⚠ is a warning, the rest is information: `GATEPASS_LOG_LEVEL=warning` leaves only the first. Commands
  write rows and no log.
- **No line without its row, and no row of a change that was undone.** When the database is lost in the middle of a
  commit, nobody knows at that moment whether the row is there: then there is no line, and the table decides.
- **Refused sign-ins** are counted (`gatepass_sign_ins_total`) and written as a sample, at most one row a minute per
  process: a wrong password must not cost a write.

| event | written when | names | detail |
|---|---|---|---|
"""

ADVICE = """
## What to do

| event | |
|---|---|
"""

METRICS_INTRO = """\
# Metrics

<!-- Made by tools/events_page.py; change src/gatepass/server/metrics/figures.py instead. -->

Prometheus reads them at `/metrics`, which is open only where you say so ([settings](settings.md)):

- `GATEPASS_METRICS_LISTEN=127.0.0.1:9464`: an address of its own, with `/healthz` and `/readyz` beside it. Beyond this
  machine it needs a token, and TLS or a proxy as the server itself does.
- `GATEPASS_METRICS_TOKEN=…`: who shows it as `Authorization: Bearer` may read; without `metrics_listen`, beside
  the pages.

**Figures are those of one process.** With several workers each one takes the next free port from `metrics_listen` on:
four workers are four targets, 9464 to 9467, and `sum()` adds them up. A restarted process begins at 0, as counters do.

`/healthz` says that the process answers, and asks nothing else. `/readyz` says that the database answers and keys
are there; otherwise it is 503, and why stands in the log.

No label holds anything that somebody sent: routes are templates, and what no route takes counts as `(none)`. A
figure tells at most 1,000 sets of labels apart.

| figure | kind | labels | |
|---|---|---|---|
"""


def events() -> str:
    """The whole text of the page about events."""
    told = [f"| `{kind.name}` | {kind.advice} |\n" for kind in KINDS if kind.advice]
    return "".join([EVENTS_INTRO, *map(_event, KINDS), ADVICE, *told])


def metrics() -> str:
    """The whole text of the page about figures."""
    return METRICS_INTRO + "".join(map(_figure, FIGURES))


def _event(kind: Kind) -> str:
    mark = " ⚠" if kind.alarming else ""
    return f"| `{kind.name}`{mark} | {kind.written} | {_words(kind.about)} | {_words(kind.detail)} |\n"


def _figure(figure: Figure) -> str:
    return f"| `{figure.full_name}` | {figure.kind} | {_words(figure.labels)} | {figure.help} |\n"


def _words(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


if __name__ == "__main__":
    EVENTS.write_text(events())
    METRICS.write_text(metrics())
