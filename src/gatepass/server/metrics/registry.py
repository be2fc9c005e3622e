"""`Metrics`: the numbers of one process."""

import threading
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from gatepass.kernel.errors import Misuse
from gatepass.server.metrics.figures import FIGURES, Figure

MOST_SERIES = 1_000
"""Label values that one figure tells apart; further ones are counted together."""
OTHER = "other"

Labels = tuple[str, ...]


@dataclass(slots=True)
class Spread:
    """What a histogram holds for one set of label values.

    Attributes:
        counts: observations per bucket, not added up; the last is for what exceeds all bounds.
        total: sum of the observations, in seconds.
    """

    counts: list[int]
    total: float = 0.0


@dataclass(slots=True)
class Series:
    """One figure with its numbers, by label values."""

    figure: Figure
    values: dict[Labels, float] = field(default_factory=dict)
    spreads: dict[Labels, Spread] = field(default_factory=dict)


class Metrics:
    """Counts, levels and durations. Any thread may call it; a call costs about a microsecond.

    A name or label that is not in the list of figures is Misuse, at once. No request meets
    it: a test reads every call in the source and holds it against the list.
    """

    def __init__(self) -> None:
        self._series = {one.name: Series(one) for one in FIGURES}
        self._lock = threading.Lock()
        self._readings: list[Callable[[], None]] = []

    def count(self, name: str, /, amount: int = 1, **labels: str) -> None:
        """Add to a counter.

        Raises:
            Misuse: there is no such counter, or it has other labels.
        """
        series = self._find(name, "counter")
        with self._lock:
            key = _key(series.figure, series.values, labels)
            series.values[key] = series.values.get(key, 0) + amount

    def gauge(self, name: str, /, value: float, **labels: str) -> None:
        """Set a level.

        Raises:
            Misuse: there is no such gauge, or it has other labels.
        """
        series = self._find(name, "gauge")
        with self._lock:
            series.values[_key(series.figure, series.values, labels)] = value

    def observe(self, name: str, /, seconds: float, **labels: str) -> None:
        """Add a duration to a histogram.

        Raises:
            Misuse: there is no such histogram, or it has other labels.
        """
        series = self._find(name, "histogram")
        bounds = series.figure.buckets
        with self._lock:
            key = _key(series.figure, series.spreads, labels)
            spread = series.spreads.get(key)
            if spread is None:
                spread = series.spreads[key] = Spread([0] * (len(bounds) + 1))
            spread.counts[bisect_left(bounds, seconds)] += 1
            spread.total += seconds

    def when_read(self, reading: Callable[[], None]) -> None:
        """Call `reading` before each look at the numbers, to set gauges that only matter then."""
        self._readings.append(reading)

    def forget(self, name: str) -> None:
        """Drop all levels of a gauge, before those that still exist are set.

        Raises:
            Misuse: there is no such gauge.
        """
        series = self._find(name, "gauge")
        with self._lock:
            series.values.clear()

    def snapshot(self) -> list[Series]:
        """The numbers as they are now, in the order of the list."""
        for reading in self._readings:
            reading()
        with self._lock:
            return [
                Series(
                    one.figure,
                    dict(one.values),
                    {key: Spread(list(spread.counts), spread.total) for key, spread in one.spreads.items()},
                )
                for one in self._series.values()
            ]

    def _find(self, name: str, kind: Literal["counter", "gauge", "histogram"]) -> Series:
        series = self._series.get(name)
        if series is None or series.figure.kind != kind:
            raise Misuse(f"There is no {kind} called {name!r}; see gatepass.server.metrics.figures.FIGURES.")
        return series


def _key(figure: Figure, known: dict[Labels, float] | dict[Labels, Spread], labels: dict[str, str]) -> Labels:
    """The label values in the order of the figure; all `other` when there are too many to tell apart."""
    if len(labels) != len(figure.labels):
        raise _wrong(figure)
    try:
        key = tuple([labels[name] for name in figure.labels])
    except KeyError:
        raise _wrong(figure) from None
    if key not in known and len(known) >= MOST_SERIES:
        return (OTHER,) * len(figure.labels)
    return key


def _wrong(figure: Figure) -> Misuse:
    return Misuse(f"{figure.name} has these labels: {', '.join(figure.labels) or 'none'}.")
