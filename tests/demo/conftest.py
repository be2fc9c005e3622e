"""Towns on ports of their own and a browser to visit them; single processes in memory."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from gatepass.demo.places import Places
from gatepass.demo.sites.doors import Doors
from gatepass.demo.sites.site import site
from gatepass.demo.town.town import Town
from gatepass.testing import TestIssuer
from tests.support.browser import MISSING, a_browser, chromium
from tests.support.demo_sites import PLACES, SCOPES, Visitor
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


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of both sites as they are before anybody comes; passwords are slow to hash."""
    folder = tmp_path_factory.mktemp("sites")
    for name in ("bank-1", "retirement"):
        Doors(site(name, PLACES, folder), trust=TestIssuer()).ledger.close()
    return folder


@pytest.fixture
def visit(tmp_path: Path, files: Path, issuer: TestIssuer) -> Iterator[Callable[[str], Visitor]]:
    """Opens one process of the town; all share one folder."""
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    opened: list[Visitor] = []

    def visit(name: str) -> Visitor:
        opened.append(Visitor(name, tmp_path, issuer))
        return opened[-1]

    yield visit
    for visitor in opened:
        visitor.doors.ledger.close()


@pytest.fixture(scope="module")
def token(issuer: TestIssuer) -> str:
    """Ada's, for both sites."""
    return issuer.token(audience=[PLACES.bank, PLACES.retirement], scope=SCOPES, subject="ada-1", name="Ada")
