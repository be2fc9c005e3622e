"""The hub in Chromium: arrows that light up, memories that are live, and pages for every eye, hand and screen."""

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect

from gatepass.demo.hub.app import app
from gatepass.demo.places import ADA, LOCAL_PASSPHRASE, Places
from gatepass.demo.story.browser import Browser as Program
from gatepass.demo.story.browser import Request
from gatepass.demo.story.sights import Beside, Lines, Moment, Table, Timeline, Token
from gatepass.demo.story.step import Chapter, Seen
from gatepass.demo.story.story import story
from gatepass.demo.story.visit import Unexpected, Visit
from gatepass.testing import TestIssuer
from tests.support.browser import Visits, served
from tests.support.eyes import WIDE, Eyes
from tests.support.little_town import Nobody, a_scene, asks, sees, two_sites
from tests.support.towns import PATIENCE

DAY = 86_400


@dataclass
class LittleHub:
    """A hub in front of two sites, with scenes of its own beside those of the story."""

    places: Places
    go_on: threading.Event = field(default_factory=threading.Event)

    def chapters(self) -> list[Chapter]:
        """All that can be played here."""
        return [
            *story(),
            *a_scene(_everything, name="sights", watched=["shop"]),
            *a_scene(self._slow, sees("the end"), name="slow", to=["bank-1"]),
            *a_scene(asks(f"{self.places.bank}/memory"), _fails, name="failing"),
            *a_scene(self._at_length, self._at_length, self._at_length, name="long"),
        ]

    def _at_length(self, visit: Visit) -> Seen:
        for _ in range(4):
            asks(f"{self.places.bank}/memory")(visit)
        return Seen("four answers")

    def _slow(self, visit: Visit) -> Seen:
        self.go_on.wait(PATIENCE)
        return asks(f"{self.places.bank}/memory")(visit)


def _everything(visit: Visit) -> Seen:
    """Every kind of sight."""
    token = TestIssuer(visit.places.issuer).token(audience=visit.places.bank, subject="ada-1")
    moments = (Moment(0, "issued", "accepted"), Moment(DAY - 1, "almost", "accepted"), Moment(DAY, "late", "expired"))
    return Seen(
        "a lot",
        (
            Token("The token", token),
            Beside("Two signatures", "old", "AbCd-ef", "new", "AbXd-ef"),
            Timeline("A day", moments),
            Table("Who could", ("who", "can"), (("a script", "no"), ("a thief", "yes " * 40))),
            Lines("On the wire", ("16 03 01 " * 60, token)),
        ),
    )


def _fails(visit: Visit) -> Seen:
    raise Unexpected("It did not.")


@pytest.fixture(scope="module")
def hub(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LittleHub]:
    """It runs, and so do its sites."""
    hub = LittleHub(places)
    make = lambda _: app(places, Nobody(), chapters=hub.chapters())  # noqa: E731
    with two_sites(places, tmp_path_factory.mktemp("sites")), served(make, "localhost", places.ports["hub"]):
        yield hub


@pytest.fixture
def visit(browser: Browser, hub: LittleHub) -> Iterator[Visits]:
    """Call it for somebody with a fresh profile; what the browser complains about fails the test."""
    with ExitStack() as stack:
        visits = Visits(browser, hub.places.hub, stack)
        yield visits
        assert [complaint for visitor in visits.made for complaint in visitor.complaints] == []


def play(page: Page, scene: str, step: str) -> None:
    """Jump to a step."""
    page.goto(f"/scenes/{scene}")
    page.locator(f'.steps li[data-step="{step}"] button').click()
    expect(page.locator(f'[data-told="{step}"]')).to_be_visible()


def tab_to(page: Page, selector: str) -> None:
    """Press the tab key until something has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"the tab key does not lead to {selector}")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_three_clicks_lead_from_the_question_to_its_answer(visit: Visits, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts).page
    page.goto("/")
    page.get_by_role("button", name="With a session").click()
    expect(page.locator('.beat[data-state="current"]')).to_have_attribute("data-step", "sign-in")
    for step in ("recognised", "next-door"):
        page.locator("[data-next]").click()
        expect(page.locator(f'[data-told="{step}"]')).to_be_visible()
    expect(page.locator(".told")).to_contain_text("the retirement site refuses")
    expect(page.locator("[data-next]")).to_have_count(0)
    expect(page.get_by_role("button", name="Now with a token")).to_be_visible()


def test_an_arrow_lights_up_while_its_step_runs(visit: Visits, hub: LittleHub) -> None:
    page = visit().page
    page.goto("/scenes/slow")
    hub.go_on.clear()
    page.locator("[data-next]").click()
    arrow = page.locator('.beat[data-step="one"]')
    expect(arrow).to_have_class(re.compile("running"))
    expect(page.locator(".scene")).to_have_attribute("aria-busy", "true")
    hub.go_on.set()
    expect(arrow).to_have_attribute("data-state", "current")
    expect(arrow).not_to_have_class(re.compile("running"))
    expect(page).to_have_url(re.compile("/scenes/slow#one$"))
    expect(page.locator("#heard")).to_contain_text("Notice one.")


def test_a_step_that_no_script_can_send_is_sent_as_the_form_it_is(visit: Visits) -> None:
    visitor = visit()
    page = visitor.page
    page.goto("/scenes/session")
    page.route("**/sign-in", lambda it: it.abort() if it.request.resource_type == "xhr" else it.continue_())
    page.locator("[data-next]").click()
    expect(page.locator('[data-told="sign-in"]')).to_be_visible()
    (complaint,) = visitor.complaints
    assert "ERR_FAILED" in complaint
    visitor.complaints.clear()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_what_a_step_tells_and_its_arrows_are_on_the_screen_however_long_the_scene_is(
    visit: Visits, scripts: bool
) -> None:
    page = visit(java_script_enabled=scripts, viewport=WIDE, reduced_motion="reduce").page
    page.goto("/scenes/long")
    for step in ("one", "two", "three"):
        page.locator("[data-next]").click()
        expect(page.locator(f'[data-told="{step}"]')).to_be_in_viewport(ratio=1)
        expect(page.locator('.band[data-state="current"]')).to_be_in_viewport(ratio=1)


def test_the_memories_are_live(visit: Visits, hub: LittleHub) -> None:
    page = visit().page
    page.goto("/scenes/session")
    sessions = page.locator('[data-process="bank-1"] dl div', has_text="sessions in memory").locator("[data-number]")
    expect(sessions).to_be_visible()
    before = int(sessions.inner_text())
    bank, form = hub.places.bank, {"username": ADA, "password": LOCAL_PASSPHRASE}
    Program().send(Request("POST", f"{bank}/session/login", (("Origin", bank),), form=form))
    expect(sessions).to_have_text(str(before + 1))
    page.goto("/scenes/sights")
    expect(page.locator('[data-process="shop"] .silent')).to_be_visible()


def test_the_keyboard_alone_is_enough_and_keeps_its_place(visit: Visits) -> None:
    page = visit().page
    page.goto("/")
    tab_to(page, '[data-door="session"]')
    page.keyboard.press("Enter")
    expect(page.locator('[data-told="sign-in"]')).to_be_visible()
    tab_to(page, "[data-next]")
    page.keyboard.press("Enter")
    expect(page.locator('[data-told="recognised"]')).to_be_visible()
    expect(page.locator("[data-next]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator('[data-told="next-door"]')).to_be_visible()
    expect(page.get_by_role("button", name="Now with a token")).to_be_focused()
    tab_to(page, '.steps li[data-step="recognised"] button')
    page.keyboard.press("Space")
    expect(page.locator('[data-told="recognised"]')).to_be_visible()
    expect(page.locator('.steps li[data-step="recognised"] button')).to_be_focused()
    tab_to(page, ".sequence .wide")


MOVES = """() => getComputedStyle(document.querySelector('.beat[data-state="current"] .arrow line')).animationName"""


def test_nothing_moves_for_those_who_do_not_want_it(visit: Visits) -> None:
    moving, still = visit().page, visit(reduced_motion="reduce").page
    for page, name in ((moving, "draw"), (still, "none")):
        play(page, "session", "sign-in")
        assert page.evaluate(MOVES) == name
        play(page, "sights", "one")
    expect(moving.locator(".moment")).to_have_text("After 1 d 1 h 30 min: expired")
    expect(still.locator(".moment")).to_be_hidden()
    still.get_by_role("button", name="Let the time pass again").click()
    expect(still.locator(".moment")).to_have_text("After 1 d 1 h 30 min: expired")


def test_every_kind_of_page_is_fit_for_every_eye(visit: Visits) -> None:
    visitor = visit()
    page, eyes = visitor.page, Eyes(visitor, "hub")
    for name, path in (
        ("first", "/"),
        ("scene", "/scenes/session"),
        ("code", "/examples/3_token.py#L5"),
        ("no", "/no"),
    ):
        page.goto(path)
        eyes.look(name)
    for scene, step in (("session", "next-door"), ("sights", "one"), ("failing", "two")):
        play(page, scene, step)
        page.locator("summary").click()
        page.evaluate("scrollTo(0, 0)")  # further down the button that stays in sight is above what one scrolls past
        eyes.look(f"{scene}-{step}")
    assert eyes.found == []
