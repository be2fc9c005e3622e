"""The pages in a real browser: with scripts and without, by keyboard, and for everybody."""

import re

import pytest
from playwright.sync_api import Error, Page, expect

from tests.support.browser import Visitor, Visits
from tests.support.eyes import Eyes
from tests.support.pages import PASSWORD


def enter(page: Page, identifier: str = "ada", password: str = PASSWORD) -> None:
    """Fill in the sign-in form and send it."""
    page.get_by_label("Username or e-mail address").fill(identifier)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_in(visitor: Visitor) -> Page:
    """Sign in and arrive at the account."""
    visitor.page.goto("/login")
    enter(visitor.page)
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Your account")
    return visitor.page


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_person_registers_signs_in_looks_at_the_account_and_signs_out(visit: Visits, scripts: bool) -> None:
    visitor = visit(java_script_enabled=scripts)
    page, name = visitor.page, f"grace{scripts}"
    page.goto("/register")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("status")).to_have_text("Your account is ready. Sign in with it.")
    enter(page, name)
    heading(page, "Your account")
    page.get_by_label("Name", exact=False).first.fill("Grace Hopper")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text("Signed in as Grace Hopper")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    heading(page, "You are signed out")
    page.goto("/account")
    heading(page, "Sign in")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_protected_page_asks_for_sign_in_and_is_shown_then(visit: Visits, scripts: bool) -> None:
    visitor = visit(java_script_enabled=scripts)
    visitor.page.goto("/account/delete")
    heading(visitor.page, "Sign in")
    assert visitor.path == "/login?next=/account/delete"
    enter(visitor.page)
    heading(visitor.page, "Delete your account?")
    assert visitor.path == "/account/delete"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_mistake_is_announced_and_has_the_focus(visit: Visits, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts).page
    page.goto("/login")
    enter(page, password="not my password")
    expect(page.get_by_role("alert")).to_contain_text("These do not match")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: Sign in"))
    expect(page.get_by_label("Username or e-mail address")).to_have_value("ada")
    expect(page.get_by_label("Password", exact=True)).to_have_value("")


def test_one_signs_in_by_keyboard_alone(visit: Visits) -> None:
    page = visit().page
    page.goto("/login")
    keyboard = page.keyboard
    keyboard.type("ada")
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show password")).to_be_focused()
    keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    keyboard.press("Enter")
    heading(page, "Your account")


def test_the_keyboard_skips_to_the_content(visit: Visits) -> None:
    page = sign_in(visit())
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to content")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_password_can_be_shown_and_is_hidden_again_before_it_is_sent(visit: Visits) -> None:
    page = visit().page
    page.goto("/login")
    page.get_by_label("Username or e-mail address").fill("ada")
    password = page.get_by_label("Password", exact=True)
    password.fill("not my password")
    page.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(password).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show password").click()
    page.evaluate(
        """document.querySelector("form").addEventListener("submit", () =>
            sessionStorage.setItem("sent as", document.querySelector("#password").type))"""
    )
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('sent as')") == "password"


def test_a_new_password_is_counted_as_it_is_typed(visit: Visits) -> None:
    page = visit().page
    page.goto("/register")
    password, line = page.get_by_label("Password", exact=True), page.locator("[aria-live]")
    expect(line).to_be_empty()
    password.fill("fourteen chars")
    expect(line).to_have_text("1 more character to go.")
    password.fill("🐎" * 14)
    expect(line).to_have_text("1 more character to go.")
    password.fill("fifteen chars !")
    expect(line).to_have_text("Long enough.")
    password.fill("")
    expect(line).to_be_empty()


def test_ending_a_session_asks_first(visit: Visits) -> None:
    here, there = sign_in(visit()), sign_in(visit())
    here.reload()
    dialog = here.get_by_role("dialog", name="End this session?")
    for way_out in ("Escape", "Cancel"):
        here.get_by_role("button", name="End session").first.click()
        expect(dialog).to_be_visible()
        if way_out == "Escape":
            here.keyboard.press(way_out)
        else:
            dialog.get_by_role("button", name=way_out).click()
        expect(dialog).to_be_hidden()
    there.reload()
    heading(there, "Your account")
    here.get_by_role("button", name="End all other sessions").click()
    here.get_by_role("dialog").get_by_role("button", name="End all others").click()
    expect(here.get_by_role("status")).to_have_text("All other sessions have ended.")
    there.reload()
    heading(there, "Sign in")


def test_ending_all_sessions_asks_first_and_signs_this_device_out_as_well(visit: Visits) -> None:
    here, there = sign_in(visit()), sign_in(visit())
    here.get_by_role("button", name="End all, this one as well").click()
    here.get_by_role("dialog", name="End all sessions?").get_by_role("button", name="End all").click()
    heading(here, "You are signed out")
    there.reload()
    heading(there, "Sign in")


def test_times_are_told_from_now(visit: Visits) -> None:
    page = sign_in(visit())
    time = page.locator("time").first
    expect(time).to_have_text("just now")
    expect(time).to_have_attribute("title", re.compile(r"\d+ \w+ \d{4}, \d\d:\d\d UTC"))


def test_the_account_is_not_seen_again_by_going_back_after_sign_out(visit: Visits) -> None:
    page = sign_in(visit())
    page.get_by_role("button", name="Sign out").click()
    heading(page, "You are signed out")
    page.go_back()
    heading(page, "Sign in")


def test_another_site_cannot_send_our_forms(visit: Visits, base: str) -> None:
    visitor = visit()
    page = sign_in(visitor)
    trap = f'<form method="post" action="{base}/logout"><button>Win a prize</button></form>'
    visitor.context.route("http://evil.localhost/", lambda route: route.fulfill(content_type="text/html", body=trap))
    page.goto("http://evil.localhost/")
    page.get_by_role("button", name="Win a prize").click()
    heading(page, "This came from another site")
    page.goto("/account")
    heading(page, "Your account")


def test_the_policy_stops_markup_made_by_scripts(visit: Visits) -> None:
    visitor = visit()
    visitor.page.goto("/login")
    with pytest.raises(Error, match="TrustedHTML"):
        visitor.page.evaluate("document.body.innerHTML = '<b>x</b>'")
    (complaint,) = visitor.complaints
    assert "TrustedHTML" in complaint
    visitor.complaints.clear()


def test_every_page_is_fit_for_every_eye(visit: Visits) -> None:
    sign_in(visit())  # so that there is another session to end
    visitor = visit()
    page, eyes = visitor.page, Eyes(visitor, "page")
    for path in ("/login", "/login?done=registered", "/register", "/logout", "/keys", "/nothing-here"):
        page.goto(path)
        eyes.look(path.strip("/").partition("?")[0])
    page.goto("/login")
    enter(page, password="wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    eyes.look("login-wrong")
    page.goto("/register")
    page.get_by_label("Username").fill("an na")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("alert")).to_be_visible()
    eyes.look("register-wrong")
    sign_in(visitor)
    eyes.look("account")
    page.get_by_label("E-mail address").fill("no address")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_role("alert")).to_be_visible()
    eyes.look("account-wrong")
    page.get_by_role("button", name="End all other sessions").click()
    eyes.look("account-dialog")
    for path in ("/account/delete", "/logout"):
        page.goto(path)
        eyes.look(f"signed-in-{path.rpartition('/')[2]}")
    assert eyes.found == []
