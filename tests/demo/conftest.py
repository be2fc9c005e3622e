"""Towns on ports of their own, and a browser to visit them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from gatepass.demo.places import Places
from gatepass.demo.town import Town
from tests.support.browser import MISSING, a_browser, chromium
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
