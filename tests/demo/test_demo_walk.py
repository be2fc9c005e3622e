"""The walk: one ✓ line for each step, everything with -v, and no ✓ for what is not so."""

import io
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from gatepass.demo.story.acts import does
from gatepass.demo.story.step import Chapter, Scene, Seen, Step
from gatepass.demo.story.story import story
from gatepass.demo.story.visit import Unexpected
from gatepass.demo.tell import Tell
from gatepass.demo.town.stop import Stopped
from gatepass.demo.walk import walk
from tests.support.stories import SCENES, STEPS, walked
from tests.support.towns import a_demo, free_places

THINK = Step("think", "You think", "It costs nothing.", lambda visit: Seen("nothing"))


class Stage:
    """Servers that were never started have nothing to say."""

    def __init__(self) -> None:
        self.places = free_places()

    def command(self, *words: str) -> str:
        raise Unexpected(f"Nobody runs gatepass {' '.join(words)}.")

    def log(self, name: str) -> str:
        return f"last words of {name}"


@pytest.fixture(scope="module")
def verbose(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a walk without a terminal prints with -v."""
    with a_demo(tmp_path_factory.mktemp("walk"), "-v", "--port", str(free_places().first), CI="1") as demo:
        assert demo.finish() == 0, demo.said
        return demo.said


def test_every_step_is_one_line_with_a_mark_and_a_sentence_below(verbose: str) -> None:
    lines = re.findall(r"^✓ +(\d+)  (.+?)  · ", verbose, re.MULTILINE)
    assert lines == [(str(number), step.title) for number, step in enumerate(STEPS.values(), 1)]
    flat = " ".join(verbose.split())
    assert [step.title for step in STEPS.values() if step.notice not in flat] == []
    assert "✗" not in verbose
    assert "\033" not in verbose


def test_chapters_and_scenes_are_told_before_their_steps(verbose: str) -> None:
    assert [chapter.title for chapter in story() if f"\n{chapter.title}\n" not in verbose] == []
    assert [
        scene.id for scene in SCENES.values() if f"\n      {scene.title}\n      {scene.question}\n" not in verbose
    ] == []


def test_requests_and_answers_are_shown_in_full(verbose: str) -> None:
    assert verbose.count("\n      > Host: ") >= sum(len(step.to) for step in STEPS.values())
    session = re.search(r"\n      < set-cookie: (bank_session=[\w-]{43}); Max-Age=\d+; Path=/; HttpOnly; ", verbose)
    assert session is not None
    assert f"\n      > Cookie: {session[1]}\n" in verbose
    sent = re.findall(r'"access_token": "([\w-]+\.[\w-]+\.[\w-]+)"', verbose)
    assert len(sent) > len(SCENES)
    assert f"\n      > Authorization: Bearer {sent[-1]}\n" in verbose
    assert "(sent by a thief)" in verbose


def test_what_there_is_to_see_is_printed(verbose: str) -> None:
    for text in ("00:01:00      a minute later   accepted", "the name of the server: id.localhost", "HttpOnly"):
        assert text in verbose


def test_a_sign_out_reaches_both_services_within_seconds(verbose: str) -> None:
    took = re.findall(r"  · 401 token_revoked(?:, after (\d\.\d) s)?\n", verbose)
    assert len(took) == 2
    assert all(float(seconds or 0) < 6.5 for seconds in took)


def test_without_a_terminal_it_ends_after_the_walk(verbose: str) -> None:
    assert verbose.endswith("\nEvery step went as expected.\n")


def test_a_server_that_does_not_answer_is_no_traceback() -> None:
    good, said = walked(Stage(), STEPS["session/sign-in"])
    assert not good
    assert re.search(r"✗  1  .+\n      bank\.localhost:\d+ does not answer \(ConnectionRefusedError\)\.\n", said)
    assert "last words of bank-1" in said


def test_behind_a_balancer_both_instances_are_heard() -> None:
    good, said = walked(Stage(), STEPS["balancer/session"])
    assert not good
    assert re.findall("last words of (.+)\n", said) == ["balancer", "bank-1", "bank-2"]


@pytest.mark.parametrize("spoken", [b"", b"What?\r\n\r\n"])
def test_something_that_speaks_no_http_is_no_traceback(spoken: bytes) -> None:
    stage = Stage()
    with ThreadPoolExecutor() as pool, socket.create_server(("127.0.0.1", stage.places.ports["bank-1"])) as server:
        pool.submit(_speak, server, spoken)
        good, said = walked(stage, STEPS["session/sign-in"])
    assert not good
    assert re.search(r"bank\.localhost:\d+ does not answer \(\w+\)\.\n", said)


def _speak(server: socket.socket, words: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(words)


def test_an_answer_of_another_kind_is_no_traceback() -> None:
    good, said = walked(Stage(), replace(THINK, act=does(lambda visit: Seen(visit.kept["nothing"]))))
    assert not good
    assert "The answer is something else altogether (KeyError: 'nothing')." in said


def test_an_operator_who_is_not_there_is_no_traceback() -> None:
    good, said = walked(Stage(), replace(THINK, act=does(lambda visit: Seen(visit.operator.command("keys", "rotate")))))
    assert not good
    assert "Nobody runs gatepass keys rotate." in said


def test_whoever_asks_to_stop_is_heard_before_each_step() -> None:
    asked = []

    def pause(seconds: float) -> None:
        asked.append(seconds)
        if len(asked) == 2:
            raise Stopped

    out, chapter = io.StringIO(), Chapter("Chapter", (Scene("scene", "Scene", "Question?", (THINK, THINK)),))
    with pytest.raises(Stopped):
        walk([chapter], Stage(), Tell(out), pause)
    assert out.getvalue().count("✓") == 1


def test_a_port_in_use_is_a_clear_message(tmp_path: Path) -> None:
    places = free_places()
    with (
        socket.create_server(("127.0.0.1", places.ports["shop"])),
        a_demo(tmp_path, "--walk", "--port", str(places.first)) as demo,
    ):
        assert demo.finish() == 1
    assert demo.said == (
        f"gatepass: Port {places.ports['shop']} (for shop) is in use. Stop what runs there, or take other ports: "
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
        Tell(out).done(1, THINK, Seen("200"), [])
        said.append("\033" in out.getvalue())
    assert said == [True, False]


class Terminal(io.StringIO):
    """Something that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [30, 40, 80])
def test_a_narrow_terminal_gets_no_line_that_is_wider(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = io.StringIO()
    Tell(out).done(1, replace(THINK, title="You think " * 5), Seen("200, and a word or two " * 4), [])
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= columns
    assert " ".join(out.getvalue().split()).startswith("✓ 1 " + "You think " * 5 + "· 200, and a word or two 200,")
    assert {line[:6] for line in lines[1:]} == {" " * 6}


def test_a_terminal_that_knows_no_marks_gets_others() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    Tell(out).done(1, THINK, Seen("200"), [])
    out.flush()
    assert out.buffer.getvalue() == b"?  1  You think  ? 200\n      It costs nothing.\n"
