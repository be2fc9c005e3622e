"""Towns on ports of their own and a browser to visit them; single processes in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from gatepass.demo.places import Places
from gatepass.demo.town.town import Town
from gatepass.testing import TestIssuer
from tests.support.browser import MISSING, a_browser, chromium
from tests.support.demo_sites import MARKET_SCOPES, PLACES, SCOPES, Visitor
from tests.support.towns import free_places


@pytest.fixture(scope="module")
def places() -> Places:
    """Addresses that nobody uses."""
    return free_places()


@pytest.fixture(scope="module")
def town(places: Places) -> Iterator[Town]:
    """The whole town, running."""
    with Town(places) as town:
        town.start()
        yield town


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    if chromium() is None:
        pytest.skip(MISSING)
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def issuer() -> TestIssuer:
    """Signs what the auth server would."""
    return TestIssuer(PLACES.issuer)


@pytest.fixture
def visit(tmp_path: Path, issuer: TestIssuer) -> Iterator[Callable[[str], Visitor]]:
    """Opens one process of the town; all share one folder."""
    opened: list[Visitor] = []

    def visit(name: str) -> Visitor:
        opened.append(Visitor(name, tmp_path, issuer))
        return opened[-1]

    yield visit
    for visitor in opened:
        visitor.doors.db.close()


@pytest.fixture(scope="module")
def token(issuer: TestIssuer) -> str:
    """Ada's, for both sites."""
    return issuer.token(audience=[PLACES.bank, PLACES.retirement], scope=SCOPES, subject="ada-1", name="Ada")


@pytest.fixture(scope="module")
def market_token(issuer: TestIssuer) -> str:
    """Ada's, for the other trust group."""
    return issuer.token(audience=list(PLACES.market), scope=MARKET_SCOPES, subject="ada-1", name="Ada")
