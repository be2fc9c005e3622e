"""Two people in two browsers who talk to each other, and how each of their lines is renewed, and ends."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from gatepass import TokenCookie
from gatepass.demo.places import ADA, BEN, LOCAL_PASSPHRASE, PASSPHRASE, Places
from gatepass.demo.story.browser import Browser as Program
from gatepass.demo.story.browser import Request
from gatepass.demo.town.process import words
from gatepass.demo.town.town import Town
from tests.support.browser import Visitor, Visits
from tests.support.eyes import Eyes
from tests.support.little_town import PROCESS, listening
from tests.support.towns import free_places

WITHIN_MS = 15_000
"""A sign-out reaches the chat within six seconds, and the chance lasts five more."""

SHORT = "6s"
"""Lifetime of a token that is renewed while one watches: the chat asks for another one after four seconds."""


@contextmanager
def visits_of(browser: Browser, places: Places) -> Iterator[Visits]:
    with ExitStack() as stack:
        visits = Visits(browser, places.chat, stack)
        yield visits
        assert [complaint for visitor in visits.made for complaint in visitor.complaints] == []


@pytest.fixture
def visit(browser: Browser, town: Town) -> Iterator[Visits]:
    """Call it for a visitor of the town's chat."""
    with visits_of(browser, town.places) as visits:
        yield visits


def come_in(visitor: Visitor, name: str) -> Page:
    """Sign in at the chat, without leaving its page."""
    page = visitor.page
    page.goto("/")
    page.get_by_label("Username or e-mail address").fill(name)
    page.get_by_label("Password of your Gatepass account").fill(PASSPHRASE)
    page.get_by_role("button", name="Sign in with a token").click()
    connected(page)
    return page


def connected(page: Page) -> None:
    expect(page.locator("#state")).to_have_text("Connected.")


def say(page: Page, text: str) -> None:
    page.get_by_label("Say something to all").fill(text)
    page.get_by_role("button", name="Say it").click()


def reads(page: Page, text: str, within_ms: int = WITHIN_MS) -> None:
    expect(page.get_by_role("log").get_by_text(text).last).to_be_visible(timeout=within_ms)


def test_two_people_talk_and_what_they_write_is_text(visit: Visits) -> None:
    ada, ben = come_in(visit(), ADA), come_in(visit(), BEN)
    say(ada, "Hello <b>Ben</b>, is <img src=x onerror=alert(1)> text?")
    reads(ben, "Hello <b>Ben</b>, is <img src=x onerror=alert(1)> text?")
    say(ben, "It is.")
    reads(ada, "It is.")
    expect(ada.get_by_role("list", name="Who is here").get_by_role("listitem")).to_have_text(["Ada, you", "Ben"])
    expect(ada.get_by_label("Say something to all")).to_have_value("")
    assert ada.evaluate("document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)") == "{}{}"
    assert ada.url.endswith("/account")


def test_a_token_is_renewed_in_place_and_the_line_stays_open(visit: Visits) -> None:
    visitor = visit()
    opened: list[WebSocket] = []
    visitor.page.on("websocket", lambda one: opened.append(one))
    ada = come_in(visitor, ADA)
    ada.get_by_role("button", name="Renew it now").click()
    reads(ada, "The chat has taken another token of yours. The line stayed open.")
    say(ada, "Still here")
    reads(ada, "Still here")
    assert [one.is_closed() for one in opened] == [False]


def test_who_signs_out_is_closed_in_the_other_tab_and_ben_stays(visit: Visits) -> None:
    visitor = visit()
    ada, ben = come_in(visitor, ADA), come_in(visit(), BEN)
    tab = visitor.context.new_page()
    tab.goto("/account")
    connected(tab)
    expect(tab.get_by_text("This page cannot renew it")).to_be_visible()
    ada.get_by_role("button", name="Sign out").click()
    expect(ada.get_by_role("heading", level=1)).to_have_text("Two doors")
    reads(tab, "The auth server has taken your token back. You read and say nothing more")
    say(ben, "Between us")
    reads(tab, "The line is closed with 4403 token_revoked")
    expect(tab.get_by_text("Between us")).to_have_count(0)
    expect(tab.get_by_role("link", name="Sign in again")).to_be_visible()
    expect(tab.get_by_label("Say something to all")).to_be_hidden()
    reads(ben, "Between us")
    connected(ben)


OPENED = """url => new Promise(resolve => {
    const socket = new WebSocket(url);
    socket.onopen = () => { socket.close(); resolve(true); };
    socket.onerror = () => resolve(false);
})"""


def test_the_cookie_opens_no_line_for_a_page_of_another_origin(visit: Visits, town: Town) -> None:
    """Cookies know no ports: the browser sends this one along, and says whose page asks."""
    visitor, places = visit(), town.places
    page = come_in(visitor, ADA)
    url = places.chat.replace("http", "ws", 1) + "/talk"
    assert page.evaluate(OPENED, url) is True
    page.goto(f"http://chat.localhost:{places.ports['forum']}/memory")
    assert page.evaluate(OPENED, url) is False
    [complaint] = visitor.complaints
    assert "Unexpected response code: 403" in complaint
    visitor.complaints.clear()


def test_a_wrong_password_is_told_at_the_door(visit: Visits) -> None:
    page = visit().page
    page.goto("/")
    page.get_by_label("Password of your Gatepass account").fill("wrong")
    page.get_by_role("button", name="Sign in with a token").click()
    expect(page.locator(".wrong")).to_be_visible()
    page.get_by_label("Password of your Gatepass account").fill(PASSPHRASE)
    page.get_by_role("button", name="Sign in with a token").click()
    connected(page)


def test_without_scripts_one_reads_and_a_session_does_not_talk(visit: Visits, town: Town) -> None:
    say(come_in(visit(), ADA), "Can anybody read this?")
    body = {"identifier": BEN, "password": PASSPHRASE, "resource": town.places.chat, "scope": "profile"}
    token = Program().send(Request("POST", f"{town.places.issuer}/api/login", json=body)).json["access_token"]
    plain = visit(java_script_enabled=False)
    cookie = TokenCookie(url=town.places.chat).cookie.rule.name
    plain.context.add_cookies([{"name": cookie, "value": token, "url": town.places.chat}])
    plain.page.goto("/account")
    expect(plain.page.get_by_role("log").get_by_text("Can anybody read this?").first).to_be_visible()
    expect(plain.page.get_by_text("To talk, this page needs JavaScript")).to_be_visible()
    expect(plain.page.get_by_label("Say something to all")).to_be_hidden()
    plain.page.get_by_role("button", name="Leave this site").click()
    plain.page.get_by_label("Password of this site").fill(LOCAL_PASSPHRASE)
    plain.page.get_by_role("button", name="Sign in with a session").click()
    expect(plain.page.get_by_text("To talk, come in by the other door")).to_be_visible()


def test_the_page_is_fit_for_every_eye_and_the_keyboard(visit: Visits) -> None:
    visitor = visit()
    page, eyes = come_in(visitor, ADA), Eyes(visitor, "chat")
    say(page, "A long word: " + "x" * 100)
    reads(page, "A long word")
    expect(page.get_by_label("Say something to all")).to_be_focused()
    page.keyboard.type("By keyboard alone")
    page.keyboard.press("Enter")
    reads(page, "By keyboard alone")
    eyes.look("said")
    assert eyes.found == []


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """An auth server whose tokens soon end, and the chat."""
    places, folder = free_places(), tmp_path_factory.mktemp("hasty")
    settings = {
        "GATEPASS_ISSUER": places.issuer,
        "GATEPASS_PORT": str(places.ports["id"]),
        "GATEPASS_DATA": str(folder / "id"),
        "GATEPASS_AUDIENCES": ",".join(f"market={one}" for one in places.market),
        "GATEPASS_ORIGINS": places.chat,
        "GATEPASS_DEFAULT_SCOPES": "profile orders:write tickets:write forum:write chat:write",
        "GATEPASS_ACCESS_LIFETIME": SHORT,
    }
    commands = (("gatepass", "serve"), (PROCESS, *words("chat", places, folder)))
    with listening(folder, *commands, environment={**os.environ, **settings}):
        for name in (ADA, BEN):
            person = {"username": name, "name": name.title(), "password": PASSPHRASE}
            made = Program().send(Request("POST", f"{places.issuer}/api/register", json=person))
            assert made.status == 201
        yield places


def test_tokens_that_end_are_renewed_when_the_chat_asks_and_closed_when_nobody_can(
    browser: Browser, hasty: Places
) -> None:
    with visits_of(browser, hasty) as visits:
        renewing, leaving = visits(), visits()
        ada, ben = come_in(renewing, ADA), come_in(leaving, BEN)
        ben.reload()  # the refresh token goes with the page
        tab = renewing.context.new_page()
        tab.goto("/account")
        for page in (ben, tab):
            connected(page)
        reads(ada, "The chat has taken another token of yours. The line stayed open.")
        reads(ben, "This page holds no refresh token")
        reads(ben, "The line is closed with 4401 token_expired")
        expect(ben.get_by_role("link", name="Sign in again")).to_be_visible()
        reads(tab, "The line is closed with 4401 token_expired")
        connected(tab)  # the cookie holds the token that the other tab has fetched
        say(tab, "Here again")
        reads(ada, "Here again")
        leaving.complaints.clear()  # a refused request for the page's own account is one
