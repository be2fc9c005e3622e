"""Each scene of the story on real servers: alone, in any order, by many at once, and with answers that are wrong."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from gatepass.demo.places import Places
from gatepass.demo.story.acts import asks
from gatepass.demo.story.asking import BANK, session_at
from gatepass.demo.story.browser import Exchange
from gatepass.demo.story.checks import expect
from gatepass.demo.story.visit import Unexpected
from gatepass.demo.town.town import Town
from tests.support.stories import SCENES, STEPS, Played, play, visitor, walked
from tests.support.towns import free_places

NOT_FOR_MANY = {"restart", "account", "sign-out", "rotation"}
"""The first ends everybody's session at the bank, registering is limited, and the others take their time."""

ONLY_ONCE = {"account/register", "chat/handshake", "wire/http", "wire/https"}
"""What is sent there is random, or somebody listens to it, so old answers do not fit."""

AT_HOME = {
    *("cookie/look", "parts/parts", "parts/readable", "changed/recompute"),
    *("expiry/a-day", "expiry/leeway", "storage/script", "forge/shared-secret", "forge/public-key"),
}
"""Nobody is asked there."""

Changes = Callable[[Exchange], list[Exchange]]
"""What else an answer could be."""


@pytest.fixture(scope="module")
def played(town: Town) -> dict[str, Played]:
    """All scenes, backwards, each with a visitor of its own."""
    scenes = [play(scene, visitor(town.places, town, town.pause)) for scene in reversed(SCENES.values())]
    return {step.name: step for scene in scenes for step in scene}


def test_every_scene_goes_well_alone_and_in_any_order(played: dict[str, Played]) -> None:
    assert set(played) == set(STEPS)


def test_arrows_lead_to_the_processes_that_are_asked(town: Town, played: dict[str, Played]) -> None:
    asked = {name: tuple(town.places.process(one.url) for one in step.answers) for name, step in played.items()}
    assert asked == {name: step.to for name, step in STEPS.items()}
    assert {name for name, processes in asked.items() if not processes} == AT_HOME


def test_many_visitors_play_at_the_same_time(town: Town, played: dict[str, Played]) -> None:
    """After `played`, which restarts the bank."""
    scenes = [scene for name, scene in SCENES.items() if name not in NOT_FOR_MANY] * 2
    with ThreadPoolExecutor(6) as visitors:
        done = list(visitors.map(lambda scene: play(scene, visitor(town.places, town)), scenes))
    assert [len(steps) for steps in done] == [len(scene.steps) for scene in scenes]


def test_the_same_answers_once_more_are_taken(played: dict[str, Played]) -> None:
    """So whatever is refused below is refused for what was changed."""
    for name, step in played.items():
        if name not in ONLY_ONCE:
            step.once_more(list(step.answers))


def test_another_status_is_never_taken(played: dict[str, Played]) -> None:
    assert (
        taken(played, lambda one: [replace(one, status=status) for status in {200, 303, 401, 500} - {one.status}]) == []
    )


def test_another_reason_is_never_taken(played: dict[str, Played]) -> None:
    def otherwise(one: Exchange) -> list[Exchange]:
        said = one.json if one.status >= 400 else None
        return [replace(one, text=json.dumps(said | {"error": "bad", "reason": "bad"}))] if said else []

    assert taken(played, otherwise) == []


def test_no_answer_at_all_is_never_taken(played: dict[str, Played]) -> None:
    def emptied(one: Exchange) -> list[Exchange]:
        return [replace(one, text=text, received=()) for text in ("", "null", "[]", "{}", '"x"')]

    assert set(taken(played, emptied)) <= {"sign-out/sign-out", "restart/restart"}, "where the status says it all"


def test_a_cookie_that_scripts_can_read_is_never_taken(played: dict[str, Played]) -> None:
    def opened(one: Exchange) -> list[Exchange]:
        received = tuple((name, value.replace("HttpOnly", "Open")) for name, value in one.received)
        return [replace(one, received=received)] if received != one.received and one.status == 303 else []

    assert taken(played, opened) == []


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_no_step_takes_a_token_that_is_missing_or_not_the_one(played: dict[str, Played], name: str) -> None:
    def without(one: Exchange) -> list[Exchange]:
        said = one.json if one.status == 200 and name in one.text else None
        return [replace(one, text=json.dumps({key: said[key] for key in said if key != name}))] if said else []

    assert taken(played, without) == []


def test_two_tabs_that_get_different_refresh_tokens_are_noticed(played: dict[str, Played]) -> None:
    step = played["refresh/two-tabs"]
    mine, other = step.answers
    with pytest.raises(Unexpected, match="different refresh tokens"):
        step.once_more([mine, replace(other, text=json.dumps(other.json | {"refresh_token": "another"}))])


def test_a_refresh_that_gives_the_old_token_back_is_noticed(played: dict[str, Played]) -> None:
    step = played["refresh/refresh"]
    (answer,) = step.answers
    with pytest.raises(Unexpected, match="old one"):
        step.once_more([replace(answer, text=json.dumps(answer.json | {"refresh_token": step.before.refresh}))])


def test_a_process_that_did_not_restart_is_noticed(played: dict[str, Played]) -> None:
    step = played["restart/restart"]
    before, restarted, _ = step.answers
    with pytest.raises(Unexpected, match="same process"):
        step.once_more([before, restarted, before])


def test_a_balancer_that_asks_one_instance_only_is_noticed(played: dict[str, Played]) -> None:
    step = played["balancer/token-again"]
    _, first = played["balancer/token"].answers
    with pytest.raises(Unexpected, match="other instance"):
        step.once_more([first])


def test_a_key_that_does_not_change_is_noticed(town: Town, played: dict[str, Played]) -> None:
    step, before = played["rotation/rotate"], played["rotation/keys"]
    with pytest.raises(Unexpected, match="same as before"):
        step.once_more(list(before.answers))


def test_a_scene_at_the_wrong_places_fails(town: Town) -> None:
    """What should be the retirement site is the bank."""

    class Wrong(Places):
        @property
        def retirement(self) -> str:
            return self.bank

    places = Wrong(town.places.first, town.places.https, town.places.shared_secret)
    with pytest.raises(Unexpected):
        play(SCENES["session"], visitor(places, town))


def test_a_wrong_expectation_ends_the_walk_and_shows_what_came_instead(town: Town) -> None:
    """The jar and the server are real; only the expectation is not."""
    session = STEPS["session/sign-in"]
    wrong = replace(session, act=asks(session_at(BANK), expect(200)))
    good, said = walked(town, session, wrong, session)
    assert not good
    assert said.count("✓") == 1
    assert "✗  2  You sign in at the bank\n      Expected 200, got 303.\n" in said
    assert "\n      > username=ada&password=looms+before+numbers\n" in said
    assert "\n      < location: /account\n" in said
    log = said[said.index("The last lines of bank-1:") :]
    assert "POST /session/login" in log
    assert "looms" not in log


@pytest.mark.parametrize("name", SCENES)
def test_every_scene_fails_where_nobody_is(name: str) -> None:
    """Unless all of it happens at home."""
    waited = list[float]()
    with pytest.raises(Unexpected, match="does not answer"):
        play(SCENES[name], visitor(free_places(), pause=waited.append))
    assert waited or name == "wire"


def taken(played: dict[str, Played], changes: Changes) -> list[str]:
    """The steps that take an answer that was changed; each answer is changed for itself."""
    found = []
    for name, step in played.items():
        if name in ONLY_ONCE:
            continue
        for number, answer in enumerate(step.answers):
            for changed in changes(answer):
                answers = [*step.answers]
                answers[number] = changed
                try:
                    step.once_more(answers)
                except Unexpected:
                    continue
                found.append(name)
    return found
