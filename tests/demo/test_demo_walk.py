"""The walk: one ✓ line for each step, everything with -v, and no ✓ for what is not so."""

import io
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from gatepass.demo.places import Places
from gatepass.demo.story.checks import expect
from gatepass.demo.story.step import Chapter, Memory, Step
from gatepass.demo.story.story import story
from gatepass.demo.tell import Tell
from gatepass.demo.town.town import Town, TownUnavailable
from gatepass.demo.walk import walk
from tests.support.towns import a_demo, free_places

STEPS = [step for chapter in story() for step in chapter.steps]


class Stage:
    """A town that was never started: its servers have nothing to say."""

    def restart(self, name: str) -> None:
        raise TownUnavailable("process_failed", detail=f"{name} is not there")

    def log(self, name: str) -> str:
        return f"last words of {name}"


def played(*steps: Step, places: Places | None = None) -> tuple[bool, str]:
    """Whether these steps went well, and what was printed; nobody listens at the places."""
    out = io.StringIO()
    memory = Memory(places or free_places())
    return walk([Chapter("Chapter", steps)], memory, Stage(), Tell(out), lambda _: None), out.getvalue()


@pytest.fixture(scope="module")
def verbose(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a walk without a terminal prints with -v."""
    with a_demo(tmp_path_factory.mktemp("walk"), "-v", "--port", str(free_places().first), CI="1") as demo:
        assert demo.finish() == 0, demo.said
        return demo.said


def test_every_step_is_one_line_with_a_mark_and_a_sentence_below(verbose: str) -> None:
    lines = re.findall(r"^✓ +(\d+)  (.+?)  · ", verbose, re.MULTILINE)
    assert lines == [(str(number), step.title) for number, step in enumerate(STEPS, 1)]
    flat = " ".join(verbose.split())
    assert [step.title for step in STEPS if step.says not in flat] == []
    assert [chapter.title for chapter in story() if f"\n{chapter.title}\n" not in verbose] == []
    assert "✗" not in verbose
    assert "\033" not in verbose


def test_requests_and_answers_are_shown_in_full(verbose: str) -> None:
    assert verbose.count("\n      > Host: ") == len([step for step in STEPS if step.ask])
    session = re.search(r"\n      < set-cookie: (bank_session=[\w-]{43}); Max-Age=\d+; Path=/; HttpOnly; ", verbose)
    assert session is not None
    assert f"\n      > Cookie: {session[1]}\n" in verbose
    tokens = re.findall(r'"access_token": "([\w-]+\.[\w-]+\.[\w-]+)"', verbose)
    assert len(tokens) == 4
    assert f"\n      > Authorization: Bearer {tokens[-1]}\n" in verbose
    assert f"\n      > token={tokens[0]}\n" in verbose
    assert f"\n      < set-cookie: access_token={tokens[0]}; Max-Age=300; Path=/; HttpOnly; " in verbose


def test_a_sign_out_reaches_both_services_within_six_seconds(verbose: str) -> None:
    took = re.findall(r"  · 401 token_revoked, after (\d\.\d) s\n", verbose)
    assert len(took) == 2
    assert all(float(seconds) < 6.5 for seconds in took)


def test_a_step_that_takes_its_time_is_asked_again_until_then(town: Town) -> None:
    """And no longer."""
    out, paused = io.StringIO(), list[float]()
    late = replace(next(step for step in STEPS if step.title.startswith("No token")), check=expect(500), within=0.3)
    assert not walk([Chapter("Chapter", (late,))], Memory(town.places), town, Tell(out), pausing(paused))
    assert "Expected 500, got 401." in out.getvalue()
    assert any(paused)


def pausing(seconds: list[float]) -> Callable[[float], None]:
    """Waits, and notes for how long."""

    def pause(asked: float) -> None:
        seconds.append(asked)
        Event().wait(asked)

    return pause


def test_without_a_terminal_it_ends_after_the_walk(verbose: str) -> None:
    assert verbose.endswith("\nEvery step went as expected.\n")


def test_a_step_asks_and_expects_or_thinks() -> None:
    assert [step.title for step in STEPS if (step.ask is None) != (step.check is None)] == []
    assert [step.title for step in STEPS if (step.ask is None) == (step.think is None)] == []
    assert all(step.says.endswith(".") for step in STEPS)
    assert len({step.title for step in STEPS}) == len(STEPS) > 16


def test_a_wrong_expectation_ends_the_walk_and_shows_what_came_instead(town: Town) -> None:
    """The jar, the keys and the server are real; only the expectation is not."""
    out, memory = io.StringIO(), Memory(town.places)
    register, session, *_ = STEPS
    wrong = replace(session, check=expect(200))
    assert not walk([Chapter("Chapter", (register, wrong, session))], memory, town, Tell(out), lambda _: None)
    said = out.getvalue()
    assert said.count("✓") == 1
    assert "✗  2  She signs in at the bank with a session\n      Expected 200, got 303.\n" in said
    assert "\n      > username=ada&password=looms+before+numbers\n" in said
    assert "\n      < location: /account\n" in said
    log = said[said.index("The last lines of bank-1:") :]
    assert "POST /session/login" in log
    assert "looms" not in log


def test_a_server_that_does_not_answer_is_no_traceback() -> None:
    good, said = played(STEPS[2])
    assert not good
    assert re.search(r"✗  1  .+\n      bank\.localhost:\d+ does not answer \(ConnectionRefusedError\)\.\n", said)
    assert "last words of bank-1" in said


def test_a_server_that_does_not_start_again_is_no_traceback() -> None:
    good, said = played(next(step for step in STEPS if step.restart))
    assert not good
    assert "A process of the demo did not start." in said
    assert said.count("last words of bank-1") == 1


def test_an_answer_of_another_kind_is_no_traceback() -> None:
    good, said = played(Step("Look", "It is not there.", think=lambda memory: os.environ["GATEPASS_MISSING"]))
    assert not good
    assert "The answer is something else altogether (KeyError: 'GATEPASS_MISSING')." in said


def test_a_port_in_use_is_a_clear_message(town: Town, tmp_path: Path) -> None:
    with a_demo(tmp_path, "--walk", "--port", str(town.places.first)) as demo:
        assert demo.finish() == 1
    assert demo.said == (
        f"gatepass: Port {town.places.first} (for id) is in use. Stop what runs there, or take other ports: "
        'gatepass demo --port 9000, or make demo ARGS="--port 9000".\n'
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["0", "80", "65532", "99999999999999999999", "x"])
def test_a_port_that_cannot_be_used_is_a_mistake_of_usage(tmp_path: Path, port: str) -> None:
    with a_demo(tmp_path, "--port", port) as demo:
        assert demo.finish() == 2
    assert "Traceback" not in demo.said


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    said = []
    for wanted in (True, False):
        if not wanted:
            monkeypatch.setenv(variable, value)
        out = Terminal()
        Tell(out).done(1, "Step", "200", "It is so.", None)
        said.append("\033" in out.getvalue())
    assert said == [True, False]


class Terminal(io.StringIO):
    """Something that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_that_knows_no_marks_gets_others() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    Tell(out).done(1, "Step", "200", "It is so.", None)
    out.flush()
    assert out.buffer.getvalue() == b"?  1  Step  ? 200\n      It is so.\n"
