"""Chromium plays the story on the hub of a whole town: the first screen, and every step of every scene."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from gatepass.demo.story.step import Scene, Step
from gatepass.demo.story.story import story
from gatepass.demo.town.town import Town
from tests.support.browser import Visitor, Visits
from tests.support.towns import kept_up

SCENES = {scene.id: scene for chapter in story() for scene in chapter.scenes}
SLOWEST_MS = 40_000
"""For a step on a machine that is busy with other tests; one that waits for a status list takes six seconds anyway."""

NOTE_ARROWS = """() => {
    window.lit = [];
    const note = (records) => {
        for (const { target } of records) if (target.matches(".beat.running")) window.lit.push(target.dataset.step);
    };
    new MutationObserver(note).observe(document, { subtree: true, attributes: true, attributeFilter: ["class"] });
}"""
"""Arrows light up while a step runs, and nobody could look at the right moment."""

LOOK = """(step) => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const told = document.querySelector(".told");
    return {
        title: told.querySelector("h2").textContent,
        notice: told.querySelector(".notices").textContent,
        seen: told.querySelector(".seen").lastChild.textContent.trim(),
        states: all(".steps li[data-step]").map((item) => item.dataset.state),
        beats: all(".beat").map((beat) => beat.dataset.state),
        drawn: all(`.beat[data-step="${step}"] :is(.arrow, .at-home)`).length,
        exchanges: all("[data-exchange]").length,
        real_page: all(".closer > p a[href^=http]").length,
        code: all(`.closer > p > a[href^="/examples/"]`).length,
        address: location.hash,
    };
}"""
"""What the page tells after a step, in one go."""


@pytest.fixture(scope="module")
def visits(browser: Browser, town: Town) -> Iterator[Visits]:
    """Call it for a visitor of the hub with a fresh profile; what ends in the town is started again."""
    with kept_up(town), ExitStack() as stack:
        yield Visits(browser, town.places.hub, stack)


@pytest.fixture(scope="module")
def one_visitor(visits: Visits) -> Visitor:
    """Somebody who stays for the whole story, in one tab, and does not wait for pages that glide to their place."""
    return visits(reduced_motion="reduce")


@pytest.fixture
def visitor(one_visitor: Visitor) -> Iterator[Visitor]:
    """The same; what the browser complains about, such as a breach of the policy, fails the test."""
    one_visitor.complaints.clear()
    yield one_visitor
    assert one_visitor.complaints == []


def go_on(page: Page, step: Step) -> None:
    """Click what plays the next step, which must be this one, and wait until it has been played."""
    button = page.locator("[data-next]")
    expect(button).to_have_text(f"Next: {step.title}")
    button.click()
    page.locator(f'.told[data-told="{step.id}"]').wait_for(timeout=SLOWEST_MS)


def shown(step: Step, place: int, of: int, exchanges: int) -> dict[str, Any]:
    """What a page has to tell after the step at this place, all but the text of what was seen."""
    states = ["done"] * place + ["current"] + ["coming"] * (of - place - 1)
    return {
        "title": step.title,
        "notice": step.notice,
        "states": states,
        "beats": states,
        "exchanges": exchanges,
        "drawn": 2 * exchanges or 1,  # there and back, or what the visitor thinks about
        "real_page": int(step.page is not None),
        "code": int(step.code is not None),
        "address": f"#{step.id}",
    }


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_each_step_of_a_scene_is_shown_as_it_happens(visitor: Visitor, scene: Scene) -> None:
    """Played, its arrows lit, with what to notice and what was seen, every request, the page and the code."""
    page = visitor.page
    page.goto(f"/scenes/{scene.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(scene.title)
    page.evaluate(NOTE_ARROWS)
    for place, step in enumerate(scene.steps):
        go_on(page, step)
        found = page.evaluate(LOOK, step.id)
        assert found.pop("seen")
        assert (found["exchanges"] > 0) == bool(step.to)
        assert found == shown(step, place, len(scene.steps), found["exchanges"])
    expect(page.locator("[data-next]")).to_have_count(0)
    assert page.evaluate("lit") == [step.id for step in scene.steps]


def test_the_first_screen_answers_its_question_in_three_clicks(visits: Visits) -> None:
    """And, with three more, how it can be otherwise."""
    visitor = visits()
    page = visitor.page
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "You sign in at the bank. Will the retirement server know you?"
    )
    page.get_by_role("button", name="With a session").click()
    told, seen = page.locator(".told h2"), page.locator(".told .seen")
    for step in SCENES["session"].steps[1:]:
        go_on(page, step)
    expect(told).to_contain_text("the retirement site refuses")
    expect(seen).to_contain_text("401")
    page.get_by_role("button", name="Now with a token").click()
    for step in SCENES["token"].steps[1:3]:
        go_on(page, step)
    expect(told).to_contain_text("the retirement site knows you")
    expect(seen).to_contain_text("200")
    page.goto("/")
    expect(page.locator('[data-scene="session"]')).to_contain_text("3 of 3 steps played")
    assert visitor.complaints == []


def test_without_scripts_each_step_is_a_form(visits: Visits) -> None:
    scene, visitor = SCENES["cookie"], visits(java_script_enabled=False)
    page = visitor.page
    page.goto(f"/scenes/{scene.id}")
    for place, step in enumerate(scene.steps):
        go_on(page, step)
        assert visitor.path == f"/scenes/{scene.id}#{step.id}"
        expect(page.locator(".told .notices")).to_have_text(step.notice)
        expect(page.locator(f'.steps li[data-step="{step.id}"]')).to_have_attribute("data-state", "current")
        expect(page.locator('.beat[data-state="done"]')).to_have_count(place)
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".told")).to_have_count(0)
    assert visitor.complaints == []
