"""List, code and page say the same about events and figures."""

import ast
from collections.abc import Iterator

import pytest

from gatepass.server.audit.events import EVENTS
from gatepass.server.audit.kinds import KINDS, Kind
from tests.support.source import modules
from tools import events_page

ROOM = "gatepass.server.audit"


def texts() -> Iterator[str]:
    """Every text in the code outside the room of the audit."""
    for name, module in modules().items():
        if not name.startswith(ROOM):
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def names() -> Iterator[tuple[str, str]]:
    """What `event(…)` is called with where it is called by its name: where, and the name."""
    for module in modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("event", "_line") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield f"{module.path}:{node.lineno}", first.value


def test_every_event_that_the_code_writes_is_listed() -> None:
    found = list(names())
    assert len(found) > 10
    assert [(where, name) for where, name in found if name not in EVENTS] == []


def test_every_listed_event_is_written_somewhere() -> None:
    assert set(EVENTS) - set(texts()) == set()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_event_is_explained_in_sentences(kind: Kind) -> None:
    assert kind.written[0].isupper()
    assert kind.written.endswith(".")
    assert kind.advice == "" or kind.advice.endswith(".")
    assert set(kind.about) <= {"user", "session", "client"}
    assert not kind.alarming or kind.advice, "what warns says what to do"


def test_the_page_about_events_is_what_the_code_says() -> None:
    assert events_page.EVENTS.read_text() == events_page.events(), "run tools/events_page.py"


def test_the_page_about_metrics_is_what_the_code_says() -> None:
    assert events_page.METRICS.read_text() == events_page.metrics(), "run tools/events_page.py"
