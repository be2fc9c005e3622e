"""What is counted, and what Prometheus reads of it."""

import ast
import threading
from collections.abc import Callable, Iterator

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.metrics import Metrics
from gatepass.server.metrics.exposition import exposition
from gatepass.server.metrics.figures import FIGURES
from gatepass.server.metrics.registry import MOST_SERIES
from tests.support.source import modules

KINDS = {"count": "counter", "gauge": "gauge", "observe": "histogram"}


def told(metrics: Metrics, figure: str) -> list[str]:
    """The lines of one figure, without those that explain it."""
    return [line for line in exposition(metrics.snapshot()).splitlines() if line.startswith(f"gatepass_{figure}")]


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call of a counting method on something called metrics: where, method, call."""
    for module in modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in KINDS:
                owner = node.func.value
                name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
                if name.lstrip("_") == "metrics":
                    yield f"{module.path}:{node.lineno}", node.func.attr, node


def test_every_call_in_the_source_names_a_figure_with_its_labels() -> None:
    """So the error for an unknown name or label is met here, and by no request."""
    figures = {one.name: one for one in FIGURES}
    for where, method, call in calls():
        assert call.args, where
        assert isinstance(call.args[0], ast.Constant), f"{where}: the name of a figure stands there as text"
        figure = figures.get(str(call.args[0].value))
        assert figure, f"{where}: {ast.unparse(call)}"
        assert figure.kind == KINDS[method], f"{where}: {ast.unparse(call)}"
        given = {one.arg for one in call.keywords} - {"amount", "value", "seconds"}
        assert given == set(figure.labels), f"{where}: {ast.unparse(call)}"


def test_a_name_or_label_that_is_not_in_the_list_is_an_error() -> None:
    metrics = Metrics()
    wrong: list[Callable[[], None]] = [
        lambda: metrics.count("sing_ins", result="ok"),
        lambda: metrics.count("sign_ins"),
        lambda: metrics.count("sign_ins", outcome="ok"),
        lambda: metrics.count("sign_ins", result="ok", user="u1"),
        lambda: metrics.gauge("sign_ins", 1, result="ok"),
        lambda: metrics.observe("keys", 1.0, alg="ES256", state="active"),
        lambda: metrics.forget("sign_ins"),
    ]
    for one in wrong:
        with pytest.raises(Misuse):
            one()


def test_counts_add_up_by_label() -> None:
    metrics = Metrics()
    metrics.count("sign_ins", result="ok")
    metrics.count("sign_ins", 2, result="ok")
    metrics.count("sign_ins", result="throttled")
    assert told(metrics, "sign_ins") == [
        'gatepass_sign_ins_total{result="ok"} 3',
        'gatepass_sign_ins_total{result="throttled"} 1',
    ]


def test_counts_of_several_threads_add_up() -> None:
    metrics = Metrics()

    def work() -> None:
        for _ in range(5_000):
            metrics.count("throttle_fallbacks")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told(metrics, "throttle_fallbacks") == ["gatepass_throttle_fallbacks_total 20000"]


def test_a_histogram_tells_how_many_took_at_most_so_long() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.0011, 20):
        metrics.observe("store_write", seconds)
    lines = told(metrics, "store_write_seconds")
    assert 'gatepass_store_write_seconds_bucket{le="0.0005"} 0' in lines
    assert 'gatepass_store_write_seconds_bucket{le="0.001"} 1' in lines
    assert 'gatepass_store_write_seconds_bucket{le="10"} 2' in lines
    assert 'gatepass_store_write_seconds_bucket{le="+Inf"} 3' in lines
    assert lines[-2:] == ["gatepass_store_write_seconds_sum 20.0021", "gatepass_store_write_seconds_count 3"]


def test_a_level_is_asked_for_when_somebody_looks() -> None:
    metrics = Metrics()
    states = ["active", "retiring"]

    def reading() -> None:
        metrics.forget("keys")
        for state in states:
            metrics.gauge("keys", 1, alg="ES256", state=state)

    metrics.when_read(reading)
    assert len(told(metrics, "keys{")) == 2
    states.remove("retiring")
    assert told(metrics, "keys{") == ['gatepass_keys{alg="ES256",state="active"} 1']


def test_label_values_without_end_are_counted_together_in_the_end() -> None:
    metrics = Metrics()
    for number in range(MOST_SERIES + 50):
        metrics.count("events", name=str(number))
    lines = told(metrics, "events")
    assert len(lines) == MOST_SERIES + 1
    assert lines[-1] == 'gatepass_events_total{name="other"} 50'


def test_a_label_value_cannot_end_its_line() -> None:
    metrics = Metrics()
    metrics.count("events", name='a"b\\c\nd')
    assert told(metrics, "events") == [r'gatepass_events_total{name="a\"b\\c\nd"} 1']


def test_every_figure_is_explained_before_anything_is_counted() -> None:
    text = exposition(Metrics().snapshot())
    for figure in FIGURES:
        assert f"# HELP {figure.full_name} {figure.help}\n# TYPE {figure.full_name} {figure.kind}\n" in text


def test_figures_have_names_of_their_own_and_one_sentence_each() -> None:
    assert len({one.full_name for one in FIGURES}) == len(FIGURES)
    for one in FIGURES:
        assert one.help.endswith(".")
        assert "\n" not in one.help
