"""One visitor in one scene: a browser, and what the visitor has learned on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gatepass.demo.places import Places
from gatepass.demo.story.browser import Browser, Exchange, NobodyThere, Request

AGAIN_SECONDS = 0.2
"""How often something is asked again that takes its time."""

BUSY = 503
PATIENCE_SECONDS = 10.0
"""What a server gets that somebody has just restarted, or that has too much to do."""


class Unexpected(Exception):
    """An answer was not what the step expects."""


class Operator(Protocol):
    """Somebody who runs the town and can do more than a visitor."""

    def command(self, *words: str) -> str:
        """What `gatepass …` prints, run where the auth server's data is.

        Raises:
            Unexpected: the command failed.
        """


@dataclass(slots=True)
class Visit:
    """A visitor in the middle of a scene.

    Attributes:
        places: where everything is.
        operator: for the steps that no visitor can do.
        pause: waits some seconds; what it raises ends the scene.
        browser: with its cookies and every exchange until now.
        access, refresh: the newest tokens; `first_refresh`: the first one.
        session: the id that a site gave.
        kept: anything else that a later step needs, by name.
    """

    places: Places
    operator: Operator
    pause: Callable[[float], None]
    browser: Browser = field(default_factory=Browser)
    access: str = ""
    refresh: str = ""
    first_refresh: str = ""
    session: str = ""
    kept: dict[str, str] = field(default_factory=dict)

    def send(self, request: Request) -> Exchange:
        """Send one request; redirects are shown, not followed.

        A server that is just starting is waited for, and one that says when to come again is
        asked again then, as by any polite client; only the last answer is shown.

        Raises:
            NoAnswer: there is none.
        """
        waited = 0.0
        while True:
            wait = AGAIN_SECONDS
            try:
                exchange = self.browser.send(request)
            except NobodyThere:
                if waited >= PATIENCE_SECONDS:
                    raise
            else:
                wait = _busy_for(exchange)
                if not 0 < wait <= PATIENCE_SECONDS - waited:
                    return exchange
                self.browser.exchanges.remove(exchange)
            self.pause(wait)
            waited += wait


def _busy_for(exchange: Exchange) -> float:
    """Seconds after which to come again; 0 if this is the answer."""
    after = exchange.header("retry-after")
    return float(after) if exchange.status == BUSY and after.isdecimal() else 0.0
