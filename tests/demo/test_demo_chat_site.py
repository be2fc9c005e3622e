"""The chat as one of the town's sites, in memory: what its doors let in, and what it shows of who is here."""

from collections.abc import Callable

import pytest

from gatepass.testing import TestIssuer
from tests.support.chat import Tab, kinds
from tests.support.demo_sites import PAGE, PLACES, Visitor, bearer

Open = Callable[[str], Visitor]


@pytest.fixture
def ada(issuer: TestIssuer) -> str:
    """Her token."""
    return issuer.token(audience=list(PLACES.market), subject="ada-1", name="Ada", scope="profile chat:write")


def cookies(visitor: Visitor) -> dict[str, str]:
    """What a browser sends along with the handshake of the site's own page."""
    pairs = "; ".join(f"{name}={value}" for name, value in visitor.client.cookies.items())
    return {"cookie": pairs, "origin": PLACES.chat, "sec-fetch-site": "same-origin"}


async def test_a_token_that_came_in_by_the_form_opens_the_line(visit: Open, ada: str) -> None:
    chat = visit("chat")
    assert (await chat.send("/token/enter", {"token": ada}, origin=PLACES.forum)).status_code == 303
    tab = Tab(chat.doors.app(), cookies(chat))
    assert await tab.opened() == 101
    assert kinds(tab.take()) == ["welcome"]
    facts = (await chat.get()).json()
    assert facts == {
        "site": "chat",
        "instance": "chat",
        "subject": "ada-1",
        "recognised_by": "cookie",
        "people": ["Ada"],
    }
    remembered = await chat.remembered()
    assert (remembered["people connected"], remembered["sockets open"], remembered["sockets closed"]) == (1, 1, 0)
    await tab.leave()
    assert (await chat.get()).json()["people"] == []


async def test_a_session_opens_no_line_and_the_page_says_so(visit: Open) -> None:
    chat = visit("chat")
    await chat.sign_in()
    assert (await chat.get()).json()["recognised_by"] == "session"
    tab = Tab(chat.doors.app(), cookies(chat))
    assert await tab.opened() == 403
    page = (await chat.get(**PAGE)).text
    assert "come in by the other door" in page
    assert "data-live" not in page


async def test_what_people_said_is_shown_without_a_script_and_is_no_markup(visit: Open, ada: str) -> None:
    chat = visit("chat")
    tab = Tab(chat.doors.app(), bearer(ada))
    await tab.opened()
    await tab.send('{"type": "say", "text": "<script>alert(1)</script>"}')
    await chat.send("/token/enter", {"token": ada})
    page = (await chat.get(**PAGE)).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    await tab.leave()
