"""A `Secret` shows itself nowhere; `reveal()` is the only way out."""

import copy
import dataclasses
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret

TEXT = "correct-horse-battery-staple"
SECRET = Secret(TEXT)

SHOWING: list[tuple[str, Callable[[Secret], str]]] = [
    ("repr", repr),
    ("str", str),
    ("ascii", ascii),
    ("format", format),
    ("format with a width", lambda secret: format(secret, ">40")),
    ("an f-string", lambda secret: f"{secret}"),
    ("an f-string with repr", lambda secret: f"{secret!r:>9}"),
    ("percent", lambda secret: "%s %r %a" % (secret, secret, secret)),  # noqa: UP031
    ("str.format", lambda secret: "{} {!r}".format(secret, secret)),  # noqa: UP032
    ("a list", lambda secret: str([secret])),
    ("a dictionary", lambda secret: str({"key": secret})),
    ("pprint", lambda secret: pprint.pformat({"key": [secret]})),
    ("dir", lambda secret: str(dir(secret))),
]


@dataclasses.dataclass
class Settings:
    """Somebody's settings with a secret in them."""

    key: Secret


@pytest.mark.parametrize(("how", "show"), SHOWING, ids=[row[0] for row in SHOWING])
def test_it_does_not_show_itself(how: str, show: Callable[[Secret], str]) -> None:
    assert "horse" not in show(SECRET), how


def test_it_says_that_there_is_one() -> None:
    assert repr(SECRET) == str(SECRET) == f"{SECRET:>40}" == "Secret(…)"


def test_it_does_not_show_itself_in_an_object_that_holds_it() -> None:
    assert repr(Settings(SECRET)) == "Settings(key=Secret(…))"


def test_it_does_not_show_itself_in_a_log(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("gatepass.test").warning("%s %r %s", SECRET, SECRET, {"key": SECRET}, extra={"key": SECRET})
    assert "horse" not in caplog.text
    assert "horse" not in str(caplog.records[0].__dict__)


def test_it_does_not_show_itself_in_a_traceback_with_locals() -> None:
    def fail(key: Secret) -> None:
        holder = {"key": key}
        raise ValueError(len(holder))

    with pytest.raises(ValueError) as failed:
        fail(SECRET)
    shown = "".join(traceback.TracebackException.from_exception(failed.value, capture_locals=True).format())
    assert "Secret(…)" in shown
    assert "horse" not in shown


COPYING: list[tuple[str, Callable[[Any], object]]] = [
    ("pickle", pickle.dumps),
    ("an old pickle", lambda secret: pickle.dumps(secret, protocol=0)),
    ("a pickled holder", lambda secret: pickle.dumps(Settings(secret))),
    ("copy", copy.copy),
    ("deepcopy", copy.deepcopy),
    ("a dictionary of a holder", lambda secret: dataclasses.asdict(Settings(secret))),
    ("==", lambda secret: secret == Secret(TEXT)),
    ("!=", lambda secret: secret != Secret(TEXT)),
    ("== with bytes", lambda secret: secret == TEXT.encode()),
    ("bytes ==", lambda secret: TEXT.encode() == secret),
    ("in", lambda secret: TEXT in [secret]),
]


@pytest.mark.parametrize(("how", "take"), COPYING, ids=[row[0] for row in COPYING])
def test_it_is_not_copied_or_compared(how: str, take: Callable[[Any], object]) -> None:
    """Comparing stops at the first wrong byte, which can be timed."""
    with pytest.raises(Misuse) as misuse:
        take(SECRET)
    assert "horse" not in f"{misuse.value} {misuse.value!r}", how


@pytest.mark.parametrize(
    "take", [hash, json.dumps, msgspec.json.encode, bytes, iter, vars], ids=lambda take: take.__name__
)
def test_python_itself_finds_no_way_in(take: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError) as refused:
        take(SECRET)
    assert "horse" not in str(refused.value)


def test_text_and_bytes_are_the_same_secret() -> None:
    assert Secret("grün").reveal() == Secret("grün".encode()).reveal() == "grün".encode()


def test_bytes_are_kept_as_they_are() -> None:
    every = bytes(range(256))
    assert Secret(every).reveal() == every


@pytest.mark.parametrize("value", ["", b""])
def test_an_empty_secret_is_none(value: str | bytes) -> None:
    with pytest.raises(Misuse):
        Secret(value)


@pytest.mark.parametrize("value", [32, None, True, 3.5, ["a"], [1, 2], bytearray(b"abc"), SECRET])
def test_nothing_else_becomes_a_secret(value: Any) -> None:
    """`bytes(32)` would be 32 zero bytes: a key that everybody knows."""
    with pytest.raises(Misuse):
        Secret(value)


def test_text_that_cannot_be_encoded_is_refused_without_showing_it() -> None:
    """An encoding error carries the whole text along."""
    with pytest.raises(Misuse) as misuse:
        Secret(f"{TEXT}\ud800")
    assert "horse" not in f"{misuse.value}"
    assert misuse.value.__context__ is None


def test_it_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEPASS_TEST_SECRET", " as it is ")
    assert Secret.env("GATEPASS_TEST_SECRET").reveal() == b" as it is "


def test_bytes_in_the_environment_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEPASS_TEST_SECRET", "a\udcffb")
    assert Secret.env("GATEPASS_TEST_SECRET").reveal() == b"a\xffb"


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEPASS_TEST_SECRET", raising=False)
    with pytest.raises(Misuse, match="GATEPASS_TEST_SECRET is not set"):
        Secret.env("GATEPASS_TEST_SECRET")


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEPASS_TEST_SECRET", "")
    with pytest.raises(Misuse):
        Secret.env("GATEPASS_TEST_SECRET")


def test_it_is_read_from_a_file_without_the_final_line_break(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\n  a key \r\n")
    assert Secret.file(tmp_path / "key").reveal() == b"a key"


@pytest.mark.parametrize("name", ["absent", ".", "absent/absent", "a\0b"])
def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misuse):
        Secret.file(f"{tmp_path}/{name}")


def test_an_empty_file_holds_no_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b" \n")
    with pytest.raises(Misuse, match="is empty"):
        Secret.file(tmp_path / "key")
