"""The town: who is told what, who lives there, and how it is kept up."""

import os
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from gatepass import Misuse
from gatepass.demo.places import ADA, BEN, LOCAL_PASSPHRASE, PASSPHRASE, Places
from gatepass.demo.story.browser import Browser, Exchange, Request
from gatepass.demo.story.visit import Unexpected
from gatepass.demo.town.told import METRICS_TOKEN, SECRET, Told
from gatepass.demo.town.town import Town
from gatepass.jose import unverified_header
from tests.support.towns import PATIENCE, free_places

BOTH = {False: "public keys", True: "a shared secret"}


@pytest.fixture(scope="module")
def revived() -> list[str]:
    """What was started again in the town whose sites share one secret."""
    return []


@pytest.fixture(scope="module")
def sharing(revived: list[str]) -> Iterator[Town]:
    """A town whose sites share one secret."""
    with Town(free_places(shared_secret=True), revived=revived.append) as town:
        town.start()
        yield town


def ask(url: str) -> Exchange:
    return Browser().send(Request("GET", url))


def sign_in(places: Places, name: str, *audiences: str) -> Exchange:
    body = {"identifier": name, "password": PASSPHRASE, "resource": list(audiences)}
    return Browser().send(Request("POST", f"{places.issuer}/api/login", json=body))


@pytest.mark.parametrize("name", [ADA, f"{ADA}@example.com", BEN])
def test_people_have_an_account_from_the_start(town: Town, name: str) -> None:
    answer = sign_in(town.places, name, town.places.bank)
    assert (answer.status, answer.json["token_type"]) == (200, "Bearer")


def test_a_token_is_for_one_trust_group(town: Town) -> None:
    places = town.places
    for group in (places.money, places.market):
        assert sign_in(places, ADA, *group).status == 200
    assert sign_in(places, ADA, places.bank, places.shop).json["error"] == "invalid_target"


def test_the_operators_commands_reach_the_auth_server(town: Town) -> None:
    assert "ben@example.com" in town.command("users", "list")
    town.command("keys", "rotate", "--alg", "ES256")
    with pytest.raises(Unexpected, match=r"^`gatepass users show nobody` failed: gatepass: "):
        town.command("users", "show", "nobody")


@pytest.mark.parametrize("how", ["by its button", "by force"])
def test_what_ends_is_started_again_with_its_files_and_an_empty_memory(town: Town, how: str) -> None:
    site, browser = town.places.shop, Browser()
    own = (("Origin", site),)
    browser.send(Request("POST", f"{site}/session/login", own, {"username": ADA, "password": LOCAL_PASSPHRASE}))
    browser.send(Request("POST", f"{site}/orders", own, {"item": how}))
    before, ending = ask(f"{site}/memory").json, psutil.Process(town.pids()["shop"])
    assert before["process"] == ending.pid
    if how == "by force":
        ending.kill()
    else:
        assert browser.send(Request("POST", f"{site}/restart", own)).status == 202
    assert not psutil.wait_procs([ending], PATIENCE)[1]
    town.pause(0)
    after = ask(f"{site}/memory").json
    assert after["process"] == town.pids()["shop"] != before["process"]
    assert sum("session" in label and number > 0 for label, number in after["remembered"].items()) == 0
    assert browser.send(Request("GET", f"{site}/account")).status == 401
    browser.send(Request("POST", f"{site}/session/login", own, {"username": ADA, "password": LOCAL_PASSPHRASE}))
    headers = (("Accept", "application/json"),)
    orders = browser.send(Request("GET", f"{site}/account", headers)).json["orders"]
    assert how in [order["item"] for order in orders]


def test_who_waits_is_told_what_was_started_again(sharing: Town, revived: list[str]) -> None:
    psutil.Process(sharing.pids()["forum"]).kill()
    while not revived:
        sharing.pause(0)
    assert revived == ["forum"]


def test_tokens_of_a_town_that_shares_a_secret_are_hs256(sharing: Town) -> None:
    places = sharing.places
    access = sign_in(places, ADA, places.bank, places.shop).json["access_token"]
    assert unverified_header(access)["alg"] == "HS256"
    for site in (places.bank, places.shop):
        headers = (("Authorization", f"Bearer {access}"),)
        assert Browser().send(Request("GET", f"{site}/account", headers)).json["recognised_by"] == "bearer"


def test_who_visits_such_a_town_knows_the_secret_until_its_end() -> None:
    before = os.environ.get(SECRET)
    with Town(free_places(shared_secret=True)):
        assert len(os.environ[SECRET]) == 43
        assert os.environ[SECRET] != before
    assert os.environ.get(SECRET) == before


@pytest.mark.parametrize("shared", BOTH, ids=BOTH.values())
def test_each_process_is_told_what_it_needs(tmp_path: Path, shared: bool) -> None:
    inherited = {"PATH": "/bin", "GATEPASS_PORT": "1", "GATEPASS_ISSUER": "https://elsewhere.example", SECRET: "old"}
    places = Places(shared_secret=shared)
    told = Told(places, tmp_path, inherited)
    of = {name: told.process(name) for name in places.ports}
    assert all(environment["PATH"] == "/bin" for environment in of.values())
    assert {name for name in of if "GATEPASS_ISSUER" in of[name]} == {"id", "hub"}
    assert {of[name]["GATEPASS_PORT"] for name in ("id", "hub")} == {"8000"}
    assert [name for name in of if METRICS_TOKEN in of[name]] == ["hub"]
    knowing = {name for name in of if SECRET in of[name]}
    assert knowing == (set(of) - {"id", "balancer"} if shared else set())
    assert ("GATEPASS_SHARED_SECRETS" in of["id"]) is shared


def test_a_folder_that_cannot_be_made_is_a_clear_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(Misuse, match="The demo needs a temporary folder"):
        Town(free_places())
