"""What the demo prints, in colour where that can be seen."""

import http.client
import os
import shutil
import textwrap
from typing import TextIO

from gatepass.demo.drawing import drawn
from gatepass.demo.story.browser import YOU, Exchange, pretty
from gatepass.demo.story.sights import Sight
from gatepass.demo.story.step import Scene, Seen, Step
from gatepass.demo.town.stop import Stopped

PLAIN, BOLD, DIM, RED, GREEN, CYAN = "0", "1", "2", "31", "32", "36"
WIDEST = 100
INDENT = " " * 6


class Tell:
    """Prints the walk.

    Args:
        stream: where to; colours and the width are those of its terminal, if it is one.
        verbose: show each request and answer in full.
    """

    def __init__(self, stream: TextIO, *, verbose: bool = False) -> None:
        self._stream = stream
        self._verbose = verbose
        # https://no-color.org
        self._colour = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._width = min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)

    def line(self, text: str = "") -> None:
        """One or more lines, as they are.

        Raises:
            Stopped: nobody reads any more, because the pipe or the terminal was closed.
        """
        try:
            print(text, file=self._stream, flush=True)
        except OSError:
            # What is still buffered must go somewhere, or the exit fails as well.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            raise Stopped from None

    def chapter(self, title: str) -> None:
        """A heading."""
        self.line(f"\n{self._in(BOLD, title)}")

    def scene(self, scene: Scene) -> None:
        """What the next steps are about."""
        self.line(f"\n{INDENT}{self._in(BOLD, scene.title)}")
        self._aside(scene.question, PLAIN)
        self.line()

    def done(self, number: int, step: Step, seen: Seen, exchanges: list[Exchange]) -> None:
        """A step that went as expected."""
        self._head(self._in(GREEN, "✓"), number, step.title, seen.text)
        self._aside(step.notice, DIM)
        if self._verbose:
            self._exchanges(exchanges)
        for sight in seen.sights:
            self._sight(sight)
        if seen.sights:
            self.line()

    def failed(self, number: int, step: Step, problem: str, exchanges: list[Exchange]) -> None:
        """A step that did not."""
        self._head(self._in(RED, "✗"), number, step.title)
        self._aside(problem, RED)
        self._exchanges(exchanges)

    def log(self, name: str, text: str) -> None:
        """The end of a process's log."""
        self.line(f"\n{INDENT}The last lines of {name}:")
        self.line(textwrap.indent(text or "(none)", INDENT + "| "))

    def _head(self, mark: str, number: int, title: str, saw: str = "") -> None:
        """The line of a step; what does not fit goes on below."""
        dot = "·\N{NO-BREAK SPACE}"  # stays with the first word of what was seen
        text = f"\n{INDENT}".join(self._wrapped(f"{title}  {dot}{saw}" if saw else title))
        told, _, seen = text.partition(dot)
        self.line(f"{mark} {number:>2}  {told}{self._in(CYAN, f'· {seen}' if seen else '')}")

    def _sight(self, sight: Sight) -> None:
        width = self._width - len(INDENT)
        self.line()
        for line in drawn(sight, width):
            self.line(f"{INDENT}{line}".rstrip())

    def _exchanges(self, exchanges: list[Exchange]) -> None:
        for exchange in exchanges:
            self._exchange(exchange)

    def _exchange(self, exchange: Exchange) -> None:
        """A request and its answer in full, as `curl -v` shows them."""
        self.line()
        by = "" if exchange.who == YOU else f"  (sent by {exchange.who})"
        self._quote(">", f"{exchange.method} {exchange.url}{by}", exchange.sent, exchange.body)
        self.line()
        self._quote(
            "<",
            f"{exchange.status} {http.client.responses.get(exchange.status, '')}",
            exchange.received,
            pretty(exchange),
        )
        self.line()

    def _quote(self, mark: str, start: str, headers: tuple[tuple[str, str], ...], body: str) -> None:
        lines = [start, *(f"{name}: {value}" for name, value in headers), *(["", *body.splitlines()] if body else [])]
        for line in lines:
            self.line(f"{INDENT}{self._in(DIM, mark)} {line}".rstrip())

    def _aside(self, text: str, style: str) -> None:
        for line in self._wrapped(text):
            self.line(INDENT + self._in(style, line))

    def _wrapped(self, text: str) -> list[str]:
        return textwrap.wrap(text, self._width - len(INDENT), break_long_words=False, break_on_hyphens=False)

    def _in(self, style: str, text: str) -> str:
        return f"\033[{style}m{text}\033[0m" if self._colour and text else text
