"""A browser and a server for each file of browser tests; a fresh profile for each test."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx2
import pytest
from playwright.sync_api import Browser

from gatepass.kernel.secret import Secret
from gatepass.server.app import AuthServer
from gatepass.server.settings import Settings
from tests.support.browser import Visits, served
from tests.support.browser import browser as browser
from tests.support.pages import PASSWORD


@pytest.fixture(scope="module")
def base(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The public URL of an auth server on loopback, where `ada` has an account."""
    data = tmp_path_factory.mktemp("server")
    secret = Secret(b"p" * 32)
    with served(lambda url: AuthServer(Settings(issuer=url, data=data, secret_key=secret)), "id.localhost") as base:
        port = base.rpartition(":")[2]
        made = httpx2.post(
            f"http://127.0.0.1:{port}/register",
            data={"username": "ada", "password": PASSWORD},
            headers={"origin": base},
        )
        assert made.status_code == 303
        yield base


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Visits]:
    """Call it for a visitor with a fresh profile. A complaint of the browser (a refused script or style,
    an uncaught error) fails the test."""
    with ExitStack() as stack:
        visits = Visits(browser, base, stack)
        yield visits
        assert [complaint for visitor in visits.made for complaint in visitor.complaints] == []
