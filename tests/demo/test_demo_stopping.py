"""Whatever ends the demo, it leaves no process and no folder behind."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from gatepass.demo.places import Places
from tests.support.towns import PATIENCE, Demo, a_demo, free_places, gone

INVITATION = "where all of it can be seen."
STAYS = "Ctrl-C stops everything"
SWITCHES = ("--https", "--shared-secret")


def port(places: Places) -> tuple[str, str]:
    return "--port", str(places.first)


def nothing_left(demo: Demo, children: list[psutil.Process]) -> bool:
    return gone(children) and os.listdir(demo.folder) == []


@pytest.fixture(scope="module", autouse=True)
def staying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, threading.Thread]]:
    """A demo on a terminal; it goes through the story with both switches while the other tests run."""
    with a_demo(tmp_path_factory.mktemp("staying"), *SWITCHES, *port(free_places()), terminal=True) as demo:
        reading = threading.Thread(target=demo.read_until, args=(STAYS,))
        reading.start()
        yield demo, reading
    reading.join()


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_it_can_be_stopped_while_it_starts(tmp_path: Path, how: str) -> None:
    with a_demo(tmp_path, *port(free_places())) as demo:
        while len(children := demo.children()) < 3:
            assert demo.process.poll() is None
        demo.process.send_signal(getattr(signal, how))
        children = [*children, *demo.children()]
        assert demo.finish() == 1
        assert nothing_left(demo, children)
        assert demo.said.endswith("Stopped; nothing is left behind.\n")


@pytest.mark.parametrize("terminal", [False, True], ids=["as in gatepass demo | head", "as when its window is closed"])
def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path, terminal: bool) -> None:
    with a_demo(tmp_path, *port(free_places()), terminal=terminal) as demo:
        demo.read_until("✓")
        children = demo.children()
        demo.hang_up()
        assert demo.process.wait(PATIENCE) == 1
        assert nothing_left(demo, children)


def test_its_processes_end_when_it_is_killed_by_force(tmp_path: Path) -> None:
    with a_demo(tmp_path, *port(free_places())) as demo:
        while len(children := demo.children()) < len(Places().ports):
            assert demo.process.poll() is None
        demo.process.kill()
        assert gone(children)


def test_a_server_that_dies_is_started_again_while_the_walk_goes_on(tmp_path: Path) -> None:
    with a_demo(tmp_path, *port(free_places())) as demo:
        demo.read_until("✓  1")
        demo.child("bank-2").kill()
        demo.read_until("bank-2 ended and was started again: its memory is empty.")
        assert "✗" not in demo.said


def test_every_step_goes_as_expected_over_https_and_with_a_shared_secret(
    staying: tuple[Demo, threading.Thread],
) -> None:
    demo, reading = staying
    reading.join()
    assert "Every step went as expected." in demo.said
    assert "✗" not in demo.said


def test_on_a_terminal_it_stays_until_ctrl_c_and_keeps_everything_up(staying: tuple[Demo, threading.Thread]) -> None:
    """The hub is named before the walk and after it."""
    demo, reading = staying
    reading.join()
    demo.read_until(STAYS)
    assert demo.said.index(INVITATION) < demo.said.index("✓") < demo.said.index("Every step went")
    demo.child("bank-2").kill()
    demo.read_until("bank-2 ended and was started again: its memory is empty.")
    children = demo.children()
    assert len(children) == len(Places().ports)
    demo.type(b"\x03")
    assert demo.finish() == 0
    assert nothing_left(demo, children)
    assert "\033[32m✓\033[0m" in demo.said
    assert "\n  127.0.0.1 id.localhost bank.localhost retirement.localhost shop.localhost " in demo.said
    assert "Traceback" not in demo.said
