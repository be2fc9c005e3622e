"""The numbers as text (Prometheus exposition format 0.0.4). Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from gatepass.server.metrics.registry import Series, Spread

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def exposition(series: Iterable[Series]) -> str:
    """What a scrape gets. A figure that nothing was counted for yet is named, without a number."""
    return "".join(f"{line}\n" for one in series for line in _lines(one))


def _lines(series: Series) -> Iterator[str]:
    figure = series.figure
    yield f"# HELP {figure.full_name} {figure.help}"
    yield f"# TYPE {figure.full_name} {figure.kind}"
    for key, value in series.values.items():
        yield f"{figure.full_name}{_labels(figure.labels, key)} {_number(value)}"
    for key, spread in series.spreads.items():
        yield from _spread(series, key, spread)


def _spread(series: Series, key: Sequence[str], spread: Spread) -> Iterator[str]:
    figure = series.figure
    sums = list(accumulate(spread.counts))
    for bound, count in zip([*map(_number, figure.buckets), "+Inf"], sums, strict=True):
        yield f"{figure.full_name}_bucket{_labels((*figure.labels, 'le'), (*key, bound))} {count}"
    labels = _labels(figure.labels, key)
    yield f"{figure.full_name}_sum{labels} {_number(spread.total)}"
    yield f"{figure.full_name}_count{labels} {sums[-1]}"


def _labels(names: Sequence[str], values: Sequence[str]) -> str:
    pairs = [f'{name}="{value.translate(_ESCAPED)}"' for name, value in zip(names, values, strict=True)]
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
