"""A real Chromium, and a real server on loopback for it to visit."""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PLACES = ("/snap/bin/chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MISSING = "no Chromium was found: `make browser` installs it, or CHROMIUM names it"
TIMEOUT_MS = 10_000


def chromium() -> str | None:
    """Path of a Chromium: CHROMIUM, or one of the usual names and places."""
    if named := os.environ.get("CHROMIUM"):
        return named
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in (*found, *PLACES) if path and Path(path).exists()), None)


@contextmanager
def a_browser(*words: str) -> Iterator[Browser]:
    """A running browser, with these arguments as well. Playwright keeps an event loop on this thread until the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*ARGUMENTS, *words])
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    if chromium() is None:
        pytest.skip(MISSING)
    with a_browser() as browser:
        yield browser


class Visitor:
    """A person with a fresh browser profile, and what the browser complained about.

    Attributes:
        page: its one tab.
        complaints: console errors and uncaught exceptions, except plain error statuses.
    """

    def __init__(self, browser: Browser, base: str, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(base_url=base, **options)
        self.context.set_default_timeout(TIMEOUT_MS)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        # A page with a 4xx status is shown as it should be, and still logged as an error.
        if kind in ("error", "warning") and not text.startswith("Failed to load resource: the server responded"):
            self.complaints.append(text)

    @property
    def path(self) -> str:
        """Path and query of the page that is shown."""
        return "/" + self.page.url.split("/", 3)[3]

    def shoot(self, name: str) -> None:
        """Write a screenshot into the folder SCREENSHOTS, when it is set."""
        if folder := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@dataclass
class Visits:
    """Makes visitors and, at the end, looks whether their browsers complained."""

    browser: Browser
    base: str
    stack: ExitStack
    made: list[Visitor] = field(default_factory=list)

    def __call__(self, **options: Any) -> Visitor:
        visitor = Visitor(self.browser, self.base, **options)
        self.stack.callback(visitor.context.close)
        self.made.append(visitor)
        return visitor


@contextmanager
def served(make_app: Callable[[str], Any], host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve `make_app(public_url)` on loopback, on a free port unless one is named; yields the public URL."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        base = f"http://{host}:{listener.getsockname()[1]}"
        config = uvicorn.Config(make_app(base), log_config=None, log_level="warning", access_log=False, lifespan="on")
        server = _Announcing(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            if not server.ready.wait(TIMEOUT_MS / 1000):
                raise RuntimeError("the server did not start")
            yield base
        finally:
            server.should_exit = True
            thread.join()


class _Announcing(uvicorn.Server):
    """Says when it listens, so that nobody has to poll."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()
