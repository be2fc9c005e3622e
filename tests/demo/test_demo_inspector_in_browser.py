"""Inspector and storage lab in Chromium: live as one types, attacks at the press of a button, a thief that tries."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from gatepass.demo.hub.lab import LIFETIME
from gatepass.demo.places import HUB, Places
from tests.support.browser import Visits, served
from tests.support.eyes import Eyes
from tests.support.hub_rooms import Signing, rooms

SECRET = "a shared secret of more than 32 bytes"
REFUSED = "Executing inline"


class Standing:
    """A clock that moves when a test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Standing:
    """The clock of issuer, inspector and lab."""
    return Standing()


@pytest.fixture(scope="module")
def hub(clock: Standing) -> Iterator[str]:
    """Inspector and lab, served where a hub would be."""

    def made(base: str) -> object:
        places = Places(int(base.rpartition(":")[2]) - HUB)
        assert places.hub == base
        return rooms(places, Signing(places, clock), clock)

    with served(made, host="localhost") as base:
        yield base


@pytest.fixture
def visit(browser: Browser, hub: str) -> Iterator[Visits]:
    """Call it for a visitor with a fresh profile; what the browser complains about fails the test."""
    with ExitStack() as stack:
        visits = Visits(browser, hub, stack)
        yield visits
        assert [complaint for visitor in visits.made for complaint in visitor.complaints] == []


def fresh(page: Page) -> None:
    """Look at a fresh token."""
    page.goto("/inspector")
    page.get_by_role("button", name="Take a fresh token").click()
    expect(verdict(page)).to_have_text("Accepted. A gate lets in person ada-1.")


def verdict(page: Page, at: int = 0) -> Locator:
    return page.locator(".verdict-line").nth(at)


def fallen(page: Page) -> list[str]:
    """The checks that a change made a difference to."""
    names: list[str] = page.locator("tr.falls").evaluate_all("rows => rows.map(row => row.dataset.check)")
    return names


# The inspector


def test_a_token_is_judged_as_one_types_and_the_caret_stays(visit: Visits) -> None:
    page = visit().page
    fresh(page)
    payload = page.get_by_label("Payload")
    payload.click()
    payload.press("ControlOrMeta+Home")
    payload.press("ArrowRight")
    payload.press("ArrowRight")
    payload.press("x")
    expect(verdict(page, 1)).to_have_attribute("data-verdict", "refused")
    assert fallen(page) == ["signature", "required", "issuer", "gate"]
    expect(payload).to_be_focused()
    assert payload.evaluate("field => field.selectionStart") == 3
    expect(page.locator("#heard")).to_contain_text("After the change: Refused.")
    payload.press("Backspace")
    expect(page.get_by_text("Nothing is changed.")).to_be_visible()
    assert "token" not in page.url


def test_a_pasted_token_is_looked_into_without_a_press(visit: Visits) -> None:
    page = visit().page
    fresh(page)
    token = page.get_by_label("Token", exact=True).input_value()
    page.goto("/inspector")
    field = page.get_by_label("Token", exact=True)
    field.fill(f"Authorization: Bearer {token}")
    expect(verdict(page)).to_have_attribute("data-verdict", "accepted")
    page.get_by_label("Judge at").fill("+25h")
    expect(verdict(page)).to_contain_text("token_expired")
    page.get_by_label("Judge at").fill("soon")
    expect(page.locator("#at-says")).to_contain_text("write +25h")
    field.fill("hello")
    page.get_by_label("Judge at").fill("now")
    expect(page.locator("#token-says")).to_have_text("The token is not well-formed.")
    expect(page.get_by_role("heading", name="Tamper bench")).to_have_count(0)


def test_what_is_too_long_to_be_read_is_told(visit: Visits) -> None:
    page = visit().page
    page.goto("/inspector")
    page.get_by_label("Token", exact=True).fill("a" * 80_000)
    expect(page.locator("#token-says")).to_contain_text("too long")


@pytest.mark.parametrize("scripts", [True, False])
def test_every_attack_is_one_press(visit: Visits, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts).page
    fresh(page)
    for name, falls in (
        ("Change one character", "signature"),
        ("alg none", "key"),
        ("alg HS256", "key"),
        ("One year more", "signature"),
        ("Drop the signature", "signature"),
    ):
        page.get_by_role("button", name="Put it back").click()
        expect(page.get_by_text("Nothing is changed.")).to_be_visible()
        attack = page.get_by_role("button", name=name)
        expect(attack).to_have_accessible_description(re.compile(r"\w+\.$"))
        attack.click()
        expect(verdict(page, 1)).to_have_attribute("data-verdict", "refused")
        expect(page.locator("tr.falls").first).to_have_attribute("data-check", falls)
    assert page.url.partition("#")[0].endswith("/inspector")  # no token, no secret


def test_without_scripts_what_is_typed_is_judged_at_a_press(visit: Visits) -> None:
    page = visit(java_script_enabled=False).page
    fresh(page)
    payload = page.get_by_label("Payload")
    payload.fill(json.dumps(json.loads(payload.input_value()) | {"sub": "eve"}))
    page.get_by_role("button", name="Judge the changed token").click()
    expect(verdict(page, 1)).to_have_attribute("data-verdict", "refused")
    assert fallen(page) == ["signature", "gate"]


def test_a_secret_stays_in_its_field_and_is_not_in_the_page(visit: Visits) -> None:
    page = visit().page
    fresh(page)
    expect(page.get_by_label("Secret", exact=True)).to_be_hidden()
    page.get_by_label("A shared secret").check()
    expect(page.locator("#trust-says")).to_contain_text("Type the secret.")
    page.get_by_label("Secret", exact=True).fill(SECRET)
    expect(verdict(page)).to_contain_text("unknown_key")
    page.get_by_role("button", name="alg none").click()
    expect(verdict(page, 1)).to_have_attribute("data-verdict", "refused")
    expect(page.get_by_label("Secret", exact=True)).to_have_value(SECRET)
    assert SECRET not in page.content()


def test_the_bench_is_used_by_keyboard_alone(visit: Visits) -> None:
    page = visit().page
    page.goto("/inspector")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Take a fresh token").focus()
    page.keyboard.press("Enter")
    expect(verdict(page)).to_have_attribute("data-verdict", "accepted")
    expect(page.get_by_role("button", name="Take a fresh token")).to_be_focused()
    page.get_by_role("button", name="alg none").focus()
    page.keyboard.press("Enter")
    expect(verdict(page, 1)).to_have_attribute("data-verdict", "refused")
    expect(page.get_by_role("button", name="alg none")).to_be_focused()


# The storage lab


def outcome(page: Page, place: str, what: str) -> Locator:
    return page.locator(f'[data-place="{place}"] [data-tried="{what}"]')


def robbed(page: Page) -> None:
    """Put tokens away and let the thief in."""
    page.goto("/lab/storage")
    page.get_by_role("button", name="Put tokens away").click()
    page.get_by_role("button", name="Run the injected script").click()
    expect(page.locator("#state")).to_contain_text("Now it waits")


def test_what_an_injected_script_gets_of_each_place(visit: Visits) -> None:
    page = visit().page
    robbed(page)
    for place in ("storage", "readable"):
        expect(outcome(page, place, "gets")).to_contain_text("It has eyJ")
        expect(outcome(page, place, "elsewhere")).to_contain_text("accepted, as lab-visitor")
    expect(outcome(page, "http-only", "gets")).to_have_text("It found nothing.")
    expect(outcome(page, "http-only", "elsewhere")).to_have_text("It rode: accepted, as lab-visitor, by the cookie.")
    expect(outcome(page, "variable", "gets")).to_have_text("It found nothing, and listens now.")
    page.get_by_role("button", name="Let the page use its token").click()
    expect(outcome(page, "variable", "gets")).to_contain_text("It has eyJ")
    expect(outcome(page, "variable", "elsewhere")).to_contain_text("accepted")


def test_the_loot_is_worth_nothing_after_its_minute(visit: Visits, clock: Standing) -> None:
    page = visit().page
    robbed(page)
    clock.now += LIFETIME
    page.get_by_role("button", name="Use the loot once more").click()
    for place in ("storage", "readable"):
        expect(outcome(page, place, "elsewhere")).to_contain_text("refused, token_expired")


@pytest.mark.parametrize("leave", [False, True])
def test_nothing_of_the_lab_stays_behind(visit: Visits, hub: str, leave: bool) -> None:
    visitor = visit()
    page = visitor.page
    robbed(page)
    assert sorted(one["name"] for one in visitor.context.cookies(f"{hub}/lab/storage")) == ["lab", "lab_readable"]
    if leave:
        page.goto("/inspector")
    else:
        page.get_by_role("button", name="Clean up").click()
        expect(page.locator("#state")).to_contain_text("gone from all four places")
        expect(page.get_by_role("button", name="Put tokens away")).to_be_focused()
        expect(outcome(page, "storage", "gets")).to_have_text("")
    left = [one["name"] for one in visitor.context.cookies(f"{hub}/lab/storage")]
    assert left == (["lab"] if leave else [])  # a page that is left cannot ask for the hidden cookie to be taken away
    assert page.evaluate("localStorage.length") == 0


def test_the_thief_sends_nothing_to_others(visit: Visits, hub: str) -> None:
    page = visit().page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    robbed(page)
    page.get_by_role("button", name="Let the page use its token").click()
    expect(outcome(page, "variable", "gets")).to_contain_text("It has eyJ")
    assert [url for url in asked if not url.startswith(f"{hub}/")] == []
    assert [url for url in asked if "eyJ" in url] == []


def test_an_inline_script_is_blocked_and_the_block_is_shown(visit: Visits) -> None:
    visitor = visit()
    page = visitor.page
    page.goto("/lab/storage/injected")
    for what in ("A script in the text of the page", "Code in an attribute"):
        expect(page.locator("#violations")).to_contain_text(f"{what}: script-src-")
    page.get_by_role("button", name="Press me").click()
    expect(page.locator("#defaced")).to_have_text("The injected script did not run.")
    assert [complaint for complaint in visitor.complaints if not complaint.startswith(REFUSED)] == []
    visitor.complaints.clear()  # the browser complains here because it should


# Every page, as people see it


def test_every_page_is_fit_for_every_eye(visit: Visits) -> None:
    visitor = visit()
    page, eyes = visitor.page, Eyes(visitor, "demo")
    fresh(page)
    page.get_by_label("A public key").check()
    expect(page.locator("#trust-says")).not_to_be_empty()
    eyes.look("inspector-unclear")
    page.get_by_label("The town’s auth server").check()
    page.get_by_role("button", name="alg none").click()
    expect(page.locator(".pairs")).to_be_visible()
    eyes.look("inspector-tampered")
    robbed(page)
    eyes.look("lab")
    page.goto("/lab/storage/injected")
    eyes.look("lab-injected")
    visitor.complaints[:] = [one for one in visitor.complaints if not one.startswith(REFUSED)]
    assert eyes.found == []
