"""The story as a text: its chapters and scenes, short words, and lines of examples that are there."""

import re

import pytest

from gatepass.demo.places import Places
from gatepass.demo.story.story import story
from tests.support.source import ROOT
from tests.support.stories import SCENES, STEPS

ADDRESSES = {
    "account": "register by-name by-address wrong-password nobody",
    "session": "sign-in recognised next-door",
    "token": "sign-in bank next-door pay-in",
    "town": "sign-in shop help-desk forum chat not-the-bank",
    "forum": "sign-in post ben-tries delete-own no-scope delete-account",
    "cookie": "sign-in look forged",
    "parts": "sign-in parts readable who-am-i",
    "changed": "sign-in recompute refused",
    "alg-none": "sign-in none confusion",
    "expiry": "sign-in a-day leeway",
    "storage": "sign-in header cookie script cross-site",
    "wire": "http https",
    "forge": "shared-secret public-key in-this-town",
    "balancer": "session other-instance token token-again",
    "restart": "session token restart session-gone token-works",
    "rotation": "sign-in keys rotate old-token new-token",
    "chat": "sign-in stranger handshake",
    "refresh": "sign-in refresh two-tabs later thief all-ended",
    "sign-out": "sign-in sign-out lives-on bank retirement no-refresh",
}
"""Scenes and their steps as other pages link them: an address stays."""

ONE_SENTENCE = re.compile(r"[A-Z][^!?]*[^.!?]\.")
LONGEST_NOTICE, LONGEST_TITLE, LONGEST_QUESTION = 160, 90, 100


def test_chapters_and_scenes_have_the_addresses_that_other_pages_link() -> None:
    assert [chapter.title for chapter in story()] == [
        "Who is there?",
        "Look inside",
        "Keep it safe",
        "Servers come and go",
        "The end of a token",
    ]
    assert {name: " ".join(step.id for step in scene.steps) for name, scene in SCENES.items()} == ADDRESSES
    assert list(SCENES) == list(ADDRESSES)


def test_no_two_scenes_and_no_two_steps_of_a_scene_have_one_address() -> None:
    scenes = [scene for chapter in story() for scene in chapter.scenes]
    assert len({scene.id for scene in scenes}) == len(scenes)
    assert len(STEPS) == sum(len(scene.steps) for scene in scenes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", part) for name in STEPS for part in name.split("/"))


def test_each_step_says_in_one_short_sentence_what_to_notice() -> None:
    wrong = [
        name
        for name, step in STEPS.items()
        if len(step.notice) > LONGEST_NOTICE
        or not re.fullmatch(r"[A-Z][^!?]*[^.!?]\.", step.notice)
        or ". " in step.notice
    ]
    assert wrong == []


def test_titles_say_in_few_words_what_happens() -> None:
    titles = {name: step.title for name, step in STEPS.items()} | {name: scene.title for name, scene in SCENES.items()}
    assert [name for name, title in titles.items() if len(title) > LONGEST_TITLE or title[-1] in ".!"] == []


def test_each_scene_asks_what_a_newcomer_would_ask() -> None:
    assert [
        name for name, scene in SCENES.items() if scene.question[-1] != "?" or len(scene.question) > LONGEST_QUESTION
    ] == []


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if step.code])
def test_a_step_names_exactly_one_line_of_an_example(name: str) -> None:
    code = STEPS[name].code
    assert code is not None
    lines = (ROOT / "examples" / code.file).read_text().splitlines()
    assert [code.marks in line for line in lines].count(True) == 1, code.marks


def test_every_scene_with_a_picture_finds_it() -> None:
    pictures = {path.stem for path in (ROOT / "docs" / "pictures").glob("*.svg")}
    assert {scene.picture for scene in SCENES.values() if scene.picture} <= pictures


@pytest.mark.parametrize("places", [Places(), Places(9000, https=True)])
def test_steps_and_scenes_name_processes_and_pages_of_the_town(places: Places) -> None:
    named = {name for step in STEPS.values() for name in step.to} | {
        name for scene in SCENES.values() for name in scene.watched
    }
    assert named <= set(places.ports)
    pages = {step.page(places) for step in STEPS.values() if step.page}
    assert {places.process(page) for page in pages} <= set(places.ports)
    assert all(page.startswith("https:" if places.https else "http:") for page in pages)
