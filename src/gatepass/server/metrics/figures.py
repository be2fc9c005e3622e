"""The list of figures: name, kind, labels, and what each one says."""

from dataclasses import dataclass
from typing import Literal

PREFIX = "gatepass_"

_QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: what `Metrics` is called with; `full_name` is what is shown.
        help: one sentence, for who reads the graphs.
        kind: a counter only grows, a gauge is set, a histogram takes seconds.
        labels: names of its labels; every call gives all of them.
        buckets: upper bounds of a histogram, in seconds.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = _QUICK

    @property
    def full_name(self) -> str:
        """As Prometheus names it: `_total` for counters, `_seconds` for histograms."""
        return PREFIX + self.name + {"counter": "_total", "gauge": "", "histogram": "_seconds"}[self.kind]


FIGURES = (
    # requests
    Figure("requests", "counter", "Requests answered, by route template and status.", ("method", "route", "status")),
    Figure("request", "histogram", "From a request's head to the end of its answer.", ("route",)),
    # people
    Figure("sign_ins", "counter", "Sign-ins by result: `ok`, or the code of the refusal.", ("result",)),
    Figure(
        "refreshes",
        "counter",
        "Refreshes by result: `rotated`, `repeated` within the grace, `reused`, `set_back`, or the refusal's code.",
        ("result",),
    ),
    Figure("sessions_ended", "counter", "Acts that ended one session or several, by reason.", ("reason",)),
    Figure("events", "counter", "Audit rows written, by name of the event.", ("name",)),
    Figure("throttled", "counter", "Refused for being tried too often, by the budget that was used up.", ("budget",)),
    Figure("throttle_fallbacks", "counter", "Budgets asked for while the shared cache was away, so taken locally."),
    Figure("hash_queue", "gauge", "Passwords that wait for a thread now."),
    Figure("hash_wait", "histogram", "How long a password waited for its thread."),
    Figure("hash_refused", "counter", "Passwords that were not hashed because the queue was full."),
    # store
    Figure("store_writes", "counter", "Units given to the database, by result: `ok` or the error's code.", ("result",)),
    Figure("store_write", "histogram", "From giving a unit to the database to its commit on disk."),
    Figure("store_waiting", "gauge", "Units given to the database and not yet committed."),
    # what the process does by itself
    Figure("job_runs", "counter", "Runs of background jobs, by result: `ok` or `failed`.", ("job", "result")),
    Figure("job_success", "gauge", "When a background job last went well, in seconds since the epoch.", ("job",)),
    Figure("purged", "counter", "Rows deleted because their time was over, by table.", ("table",)),
    Figure("keys", "gauge", "Signing keys by algorithm and state.", ("alg", "state")),
    Figure("key_rotation_due", "gauge", "When the key that signs is due to be replaced, since the epoch.", ("alg",)),
    Figure("status_build", "histogram", "How long building and signing a status list took."),
    Figure("status_lists", "gauge", "Status lists that are published."),
    Figure("build", "gauge", "Always 1; the labels say what runs.", ("version", "python")),
    Figure("start_time", "gauge", "When this process opened the server, in seconds since the epoch."),
)
"""Every figure there is. A new one is added here, next to its kind."""
