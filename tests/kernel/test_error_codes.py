"""Every error of every room: stable codes, sentences for strangers, all shown in one place."""

import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

import pytest

import gatepass
from gatepass import errors
from gatepass.kernel.errors import Conflict, GatepassError, Misuse, Refused, Unavailable
from tools.error_page import PAGE, page

ROOTS = (GatepassError, Refused, Conflict, Unavailable, Misuse)
STATUS = {Refused: set(range(400, 432)), Conflict: {404, 409}, Unavailable: {503}, Misuse: {500}}


@cache
def leaves() -> tuple[type[GatepassError], ...]:
    """All errors with codes of their own, in all modules of the package; the demo only uses it."""
    for module in pkgutil.walk_packages(gatepass.__path__, "gatepass."):
        if not module.name.endswith("__main__"):  # importing that would run it
            import_module(module.name)
    ours = re.compile(r"gatepass\.(?!demo\.)")
    found = {kind for kind in _below(GatepassError) if kind.codes and ours.match(kind.__module__)}
    return tuple(sorted(found, key=lambda kind: (kind.__module__, kind.__name__)))


def _below(kind: type[GatepassError]) -> Iterator[type[GatepassError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def codes() -> list[tuple[type[GatepassError], str, int, str]]:
    """Each code with its class, status and sentence."""
    return [(leaf, code, *row) for leaf in leaves() for code, row in leaf.codes.items()]


def test_there_are_errors_of_many_rooms() -> None:
    """Else the tests below would hold for an empty list."""
    assert len({leaf.__module__ for leaf in leaves()}) >= 8
    assert len(codes()) > 60


def test_a_code_is_one_plain_word() -> None:
    assert not [
        (leaf.__name__, code) for leaf, code, _, _ in codes() if not re.fullmatch(r"[a-z0-9]+(?:_[a-z0-9]+)*", code)
    ]


def test_a_code_means_one_thing_wherever_it_occurs() -> None:
    """Programs branch on the code alone, whatever class it came from."""
    statuses: dict[str, set[int]] = {}
    for _, code, status, _ in codes():
        statuses.setdefault(code, set()).add(status)
    assert not {code: found for code, found in statuses.items() if len(found) > 1}


def test_a_message_is_a_sentence_without_gaps() -> None:
    sentence = re.compile(r"[A-Z][^{}%<>\\\n]{10,180}\.")
    assert not [(leaf.__name__, text) for leaf, _, _, text in codes() if not sentence.fullmatch(text)]


def test_every_message_can_stand_in_a_challenge() -> None:
    """RFC 6750 section 3: `error_description` is visible ASCII without quotes and backslashes."""
    assert not [(leaf.__name__, text) for leaf, _, _, text in codes() if not re.fullmatch(r"[ !#-\[\]-~]+", text)]


@pytest.mark.parametrize("root", STATUS, ids=lambda root: root.__name__)
def test_a_root_decides_the_kind_of_status(root: type[GatepassError]) -> None:
    assert not [
        (leaf.__name__, code, status)
        for leaf, code, status, _ in codes()
        if issubclass(leaf, root) and status not in STATUS[root]
    ]


def test_every_error_stands_under_exactly_one_root() -> None:
    assert not [leaf.__name__ for leaf in leaves() if sum(issubclass(leaf, root) for root in STATUS) != 1]


def test_every_error_says_what_it_is() -> None:
    assert not [leaf.__name__ for leaf in leaves() if not leaf.__doc__]


def test_all_errors_are_shown_in_one_place() -> None:
    shown = [getattr(errors, name) for name in errors.__all__]
    assert set(shown) == {*ROOTS, *leaves()}
    assert [kind.__name__ for kind in shown] == errors.__all__
    assert dir(errors) == sorted(errors.__all__)


def test_an_unknown_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="NoSuchError"):
        errors.NoSuchError  # type: ignore[attr-defined]  # noqa: B018


def test_the_page_of_all_errors_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run: python tools/error_page.py"
