"""Towns on ports of their own and a browser to visit them; single processes in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatepass.demo.places import Places
from gatepass.demo.sites.chat.log import Log
from gatepass.demo.sites.chat.room import Room, Seat
from gatepass.demo.town.town import Town
from gatepass.testing import TestIssuer
from tests.support.browser import browser as browser
from tests.support.chat import START, Enter, heard, log, somebody
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


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Log]:
    """What a chat keeps on disk."""
    db, kept = log(tmp_path)
    yield kept
    db.close()


@pytest.fixture
def room(kept: Log) -> Room:
    """An empty chat room."""
    return Room(kept)


@pytest.fixture
def enter(room: Room) -> Enter:
    """Lets somebody into the room who has read the welcome."""

    def enter(subject: str = "ada-1", now: float = START, **words: Any) -> Seat:
        seat = room.enter(somebody(subject, **words), lambda: None, now)
        heard(seat)
        return seat

    return enter
