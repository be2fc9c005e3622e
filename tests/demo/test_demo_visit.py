"""How long a visitor waits for a server that has too much to do, or that is not there yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from gatepass.demo.places import Places
from gatepass.demo.story.browser import Exchange, Request
from gatepass.demo.story.visit import PATIENCE_SECONDS
from tests.support.stories import visitor


@contextmanager
def busy(*come_again: str) -> Iterator[str]:
    """A server that says these in turn when to come again, and answers after the last; its address."""
    answers = iter(come_again)

    class Busy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            after = next(answers, None)
            self.send_response(200 if after is None else 503)
            if after is not None:
                self.send_header("Retry-After", after)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Busy) as server:
        serving = Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield f"http://busy.localhost:{server.server_port}/"
        finally:
            server.shutdown()
            serving.join()


def visited(url: str) -> tuple[Exchange, list[float], int]:
    """The last answer, how long was waited before, and how many answers are shown."""
    waits: list[float] = []
    visit = visitor(Places(), pause=waits.append)
    return visit.send(Request("GET", url)), waits, len(visit.browser.exchanges)


def test_who_is_told_to_come_again_does_so_and_shows_the_last_answer_only() -> None:
    with busy("2", "3") as url:
        answer, waits, shown = visited(url)
    assert (answer.status, waits, shown) == (200, [2, 3], 1)


def test_nobody_waits_longer_than_patience_lasts() -> None:
    with busy(*["6"] * 9) as url:
        answer, waits, shown = visited(url)
    assert (answer.status, waits, shown) == (503, [6], 1)
    with busy(str(PATIENCE_SECONDS + 1)) as url:
        assert visited(url)[1] == []


@pytest.mark.parametrize("when", ["0", "-1", "soon", "²", "Fri, 31 Dec 2027 23:59:59 GMT", "9" * 400])
def test_who_is_not_told_when_to_come_again_does_not_come(when: str) -> None:
    with busy(when) as url:
        answer, waits, _ = visited(url)
    assert (answer.status, waits) == (503, [])
