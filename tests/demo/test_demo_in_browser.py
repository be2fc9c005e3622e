"""The sites in a real browser, with the whole town running: doors, next door, two instances, a restart, the market."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import psutil  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import Browser, Page, expect

from gatepass.demo.places import ADA, BEN, LOCAL_PASSPHRASE, PASSPHRASE, Places
from gatepass.demo.town.town import Town
from tests.support.browser import Visits
from tests.support.eyes import Eyes
from tests.support.towns import PATIENCE

DOWN = "Failed to load resource: net::ERR_CONNECTION_REFUSED"


@pytest.fixture
def visit(browser: Browser, town: Town, places: Places) -> Iterator[Visits]:
    """Call it for a visitor of the bank with a fresh profile; what the browser complains about fails the test."""
    with ExitStack() as stack:
        visits = Visits(browser, places.bank, stack)
        yield visits
        assert [complaint for visitor in visits.made for complaint in visitor.complaints] == []


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def by_session(page: Page, password: str = LOCAL_PASSPHRASE) -> None:
    page.get_by_label("Password of this site").fill(password)
    page.get_by_role("button", name="Sign in with a session").click()


def by_token(page: Page, password: str = PASSPHRASE) -> None:
    page.get_by_label("Password of your Gatepass account").fill(password)
    page.get_by_role("button", name="Sign in with a token").click()


def number(page: Page, what: str, process: str = "") -> int:
    """One of the numbers that a process remembers, as the page shows it."""
    place = page.locator(f'.process[data-instance="{process}"]' if process else ".process").first
    return int(place.locator("dl div", has_text=what).locator("dd").inner_text())


def test_a_session_stays_at_the_bank_and_a_token_goes_next_door(visit: Visits, places: Places) -> None:
    page = visit().page
    page.goto("/")
    by_session(page)
    heading(page, f"Hello, {ADA}")
    expect(page.get_by_text("Recognised by a session")).to_be_visible()
    page.get_by_role("link", name="Go to my retirement account").click()
    heading(page, "Two doors")
    assert page.url == f"{places.retirement}/account"
    expect(page.get_by_text("This site does not know you.")).to_be_visible()

    page.goto(places.bank)
    page.get_by_role("button", name="Leave this site").click()
    by_token(page)
    heading(page, "Hello, Ada")
    expect(page.get_by_text("Recognised by a token")).to_be_visible()
    page.get_by_role("button", name="Go to my retirement account").click()
    heading(page, "Hello, Ada")
    assert page.url == f"{places.retirement}/account"
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Pay in 5 coins").click()
    expect(page.locator(".balance")).to_have_text("40,005")
    page.get_by_role("button", name="Go to my bank account").click()
    assert page.url == f"{places.bank}/account"
    heading(page, "Hello, Ada")


def test_the_memory_is_seen_to_change(visit: Visits) -> None:
    watching, acting = visit().page, visit().page
    watching.goto("/")
    before = number(watching, "sessions in memory")
    acting.goto("/")
    by_session(acting)
    changed = watching.locator("dl div", has_text="sessions in memory").locator("dd")
    expect(changed).to_have_text(str(before + 1))
    acting.get_by_role("button", name="Leave this site").click()
    expect(changed).to_have_text(str(before))


def test_a_restart_forgets_the_session_and_not_the_token(visit: Visits, town: Town) -> None:
    known, bearing = visit(), visit()
    known.page.goto("/")
    by_session(known.page)
    bearing.page.goto("/")
    by_token(bearing.page)
    heading(bearing.page, "Hello, Ada")
    (process,) = [one for one in psutil.Process(os.getpid()).children() if "bank-1" in one.cmdline()]
    known.page.get_by_role("button", name="Restart this process").click()
    heading(known.page, "bank-1 is restarting")
    assert not psutil.wait_procs([process], PATIENCE)[1]
    assert town.revive() == ["bank-1"]
    heading(known.page, "Two doors")  # its script has seen that the process is back
    expect(known.page.get_by_text("bank-1 does not find your session in its memory")).to_be_visible()
    assert number(known.page, "sessions in memory") == 0
    bearing.page.reload()
    heading(bearing.page, "Hello, Ada")
    for visitor in (known, bearing):
        visitor.complaints[:] = [one for one in visitor.complaints if one != DOWN]


def test_behind_the_balancer_a_session_is_known_to_one_instance_and_a_token_to_both(
    visit: Visits, places: Places
) -> None:
    page = visit().page
    page.goto(places.balanced)
    before = {name: session_count(page, name) for name in ("bank-1", "bank-2")}
    by_session(page)
    assert asked_often(page) == {200, 401}
    after = {name: session_count(page, name) for name in before}
    assert sorted(after[name] - before[name] for name in before) == [0, 1]

    page.goto(places.balanced)
    page.context.clear_cookies()
    page.goto(places.balanced)
    by_token(page)
    heading(page, "Hello, Ada")
    assert page.url == f"{places.balanced}/account"
    assert asked_often(page) == {200}
    page.get_by_role("button", name="Go to my retirement account").click()
    heading(page, "Hello, Ada")
    assert page.url == f"{places.retirement}/account"


def session_count(page: Page, process: str) -> int:
    expect(page.locator(f'.process[data-instance="{process}"]')).to_be_visible()
    return number(page, "sessions in memory", process)


def asked_often(page: Page) -> set[int]:
    """The statuses of several requests for the account, which both instances get their share of."""
    script = """async () => {
        const found = new Set(), headers = {accept: "application/json"};
        for (let i = 0; i < 8; i++) found.add((await fetch("/account", {headers})).status);
        return [...found];
    }"""
    return set(page.evaluate(script))


def test_wrong_passwords_are_told_at_their_door(visit: Visits) -> None:
    page = visit().page
    page.goto("/")
    by_token(page, "not my password")
    expect(page.locator("#token-form [role=alert]")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a token")).to_be_enabled()
    by_session(page, "not my password")
    expect(page.get_by_role("alert").first).to_contain_text("Username and password do not match.")


def test_without_scripts_the_session_door_opens_and_the_other_says_why_it_does_not(visit: Visits) -> None:
    page = visit(java_script_enabled=False).page
    page.goto("/")
    expect(page.get_by_role("button", name="Sign in with a token")).to_be_disabled()
    expect(page.get_by_text("This door needs JavaScript")).to_be_visible()
    by_session(page)
    heading(page, f"Hello, {ADA}")
    page.get_by_role("button", name="Transfer 10 coins").click()
    expect(page.locator(".rows")).to_contain_text("−10 Transfer")
    page.get_by_role("button", name="Leave this site").click()
    heading(page, "Two doors")


def test_one_signs_in_by_keyboard_alone(visit: Visits) -> None:
    page = visit().page
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Username", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type(LOCAL_PASSPHRASE)
    page.keyboard.press("Enter")
    heading(page, f"Hello, {ADA}")


def test_another_site_cannot_hand_its_own_token_over(visit: Visits, places: Places) -> None:
    """Else it could sign people in under a name that is not theirs."""
    visitor = visit()
    page = visitor.page
    trap = (
        f'<form method="post" action="{places.retirement}/token/enter"><input name="token" value="x">'
        "<button>Win a prize</button></form>"
    )
    visitor.context.route("http://evil.localhost/", lambda route: route.fulfill(content_type="text/html", body=trap))
    page.goto("http://evil.localhost/")
    page.get_by_role("button", name="Win a prize").click()
    expect(page.get_by_role("alert").first).to_contain_text("has no business here")
    assert visitor.context.cookies(places.retirement) == []


def test_one_token_is_for_the_whole_market_and_not_for_the_bank(visit: Visits, places: Places) -> None:
    page = visit().page
    page.goto(places.shop)
    by_token(page)
    heading(page, "Hello, Ada")
    say(page, "What would you like?", "A tea pot", "Order")
    expect(page.locator(".rows")).to_contain_text("A tea pot")
    page.get_by_role("button", name="Go to my tickets").click()
    heading(page, "Hello, Ada")
    assert page.url == f"{places.help_desk}/account"
    say(page, "What can we help with?", "The tea pot leaks", "Open a ticket")
    expect(page.locator(".rows")).to_contain_text("The tea pot leaks · open")
    page.get_by_role("button", name="Close ticket").click()
    expect(page.locator(".rows")).to_contain_text("The tea pot leaks · closed")
    page.get_by_role("button", name="Go to the forum").click()
    heading(page, "Hello, Ada")
    assert page.url == f"{places.forum}/account"
    page.get_by_role("main").get_by_role("link", name="The Bank").click()
    heading(page, "Two doors")
    assert page.url == f"{places.bank}/"


def say(page: Page, label: str, text: str, button: str) -> None:
    """Fill the one field that a trade has, and send it."""
    page.get_by_label(label).fill(text)
    page.get_by_role("button", name=button, exact=True).click()


def test_a_forum_post_is_its_authors_to_delete_and_so_is_the_account(visit: Visits, places: Places) -> None:
    ada, ben = visit().page, visit().page
    for page, name in ((ada, ADA), (ben, BEN)):
        page.goto(places.forum)
        page.get_by_label("Username", exact=True).fill(name)
        by_session(page)
        heading(page, f"Hello, {name}")
        say(page, "What is on your mind?", f"I am {name}", "Post")
    expect(ben.locator(".rows li")).to_have_count(2)
    expect(ben.get_by_role("button", name="Delete post")).to_have_count(1)
    ben.get_by_role("button", name="Delete post").click()
    expect(ben.locator(".rows")).not_to_contain_text("I am ben")
    ada.get_by_text("Delete my account here").click()
    ada.get_by_role("button", name="Delete it").click()
    heading(ada, "Two doors")
    ben.reload()
    expect(ben.get_by_text("Nobody has written anything yet.")).to_be_visible()


def test_every_page_is_fit_for_every_eye(visit: Visits, places: Places) -> None:
    """Of bank and retirement site in every state; of the others what is behind their doors."""
    visitor = visit()
    page, eyes = visitor.page, Eyes(visitor, "demo")
    page.goto("/")
    eyes.look("doors")
    by_session(page)
    heading(page, f"Hello, {ADA}")
    eyes.look("bank-session")
    page.get_by_role("link", name="Go to my retirement account").click()
    eyes.look("refused")
    by_token(page, "wrong")
    expect(page.locator("#token-form [role=alert]")).to_be_visible()
    eyes.look("token-wrong")
    by_token(page)
    heading(page, "Hello, Ada")
    opened(page)
    eyes.look("retirement-token")
    page.goto(f"{places.balanced}/")
    expect(page.locator(".process")).to_have_count(2)
    eyes.look("balanced")
    market(page, eyes, places)
    assert eyes.found == []


def market(page: Page, eyes: Eyes, places: Places) -> None:
    page.goto(places.shop)
    by_token(page)
    heading(page, "Hello, Ada")
    for label, button, way in (
        ("What would you like?", "Order", "Go to my tickets"),
        ("What can we help with?", "Open a ticket", "Go to the forum"),
        ("What is on your mind?", "Post", ""),
    ):
        say(page, label, "x" * 55, button)
        expect(page.locator(".rows").first).to_contain_text("xxx")
        opened(page)
        eyes.look(button.lower().replace(" ", "-"))
        if way:
            page.get_by_role("button", name=way).click()


def opened(page: Page) -> None:
    """The page with all that can be opened."""
    for summary in page.locator("summary").all():
        summary.click()
