"""Whatever ends the demo, it leaves no process and no folder behind."""

import os
import re
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from gatepass.demo.places import Places
from tests.support.towns import PATIENCE, Demo, a_demo, free_places, gone

INVITATION = "Ctrl-C stops everything"


def port(places: Places) -> tuple[str, str]:
    return "--port", str(places.first)


def nothing_left(demo: Demo, children: list[psutil.Process]) -> bool:
    return gone(children) and os.listdir(demo.folder) == []


def test_on_a_terminal_it_stays_until_ctrl_c_and_keeps_everything_up(tmp_path: Path) -> None:
    places = free_places()
    with a_demo(tmp_path, *port(places), terminal=True) as demo:
        demo.read_until(INVITATION)
        demo.child("bank-2").kill()
        demo.read_until("bank-2 ended and was started again: its memory is empty.")
        children = demo.children()
        assert len(children) == len(places.ports)
        demo.type(b"\x03")
        assert demo.finish() == 0
        assert nothing_left(demo, children)
        assert "\033[32m✓\033[0m" in demo.said
        assert "\n  127.0.0.1 id.localhost bank.localhost retirement.localhost\n" in demo.said
        assert "Traceback" not in demo.said


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
        demo.read_until("A session")
        children = demo.children()
        demo.hang_up()
        assert demo.process.wait(PATIENCE) == 1
        assert nothing_left(demo, children)


def test_its_processes_end_when_it_is_killed_by_force(tmp_path: Path) -> None:
    with a_demo(tmp_path, *port(free_places())) as demo:
        while len(children := demo.children()) < 5:
            assert demo.process.poll() is None
        demo.process.kill()
        assert gone(children)


def test_a_server_that_dies_ends_the_walk_with_its_last_words(tmp_path: Path) -> None:
    with a_demo(tmp_path, *port(free_places()), "-v") as demo:
        demo.read_until("✓  1")
        children = demo.children()
        demo.child("bank-2").kill()
        assert demo.finish() == 1
        assert nothing_left(demo, children)
        failed = demo.said[demo.said.index("✗") :]
        assert re.match(r"✗ +\d+  Behind a load balancer: another request\n +Expected 200, got 502\.\n", failed)
        assert "x-instance: bank-2" in failed
        assert "The last lines of bank-2:" in failed
        assert "bank-2 has ended with exit code -9." in failed
        assert failed.endswith("The story ended early.\n")
