"""The storage lab in memory: four places for a token, what of them works elsewhere, and what stays."""

import pytest

from gatepass.demo.hub.lab import LIFETIME
from gatepass.demo.places import Places
from tests.support.hub_rooms import Shown, Signing, Visitor, rooms

NOW = 1_800_000_000
PLACES = Places()
SIGNING = Signing(PLACES, lambda: NOW)
WHO = "/lab/storage/whoami"


@pytest.fixture
def visitor() -> Visitor:
    """Somebody in front of the hub."""
    return Visitor(rooms(PLACES, SIGNING, lambda: NOW), PLACES)


class Wall:
    """A clock on the wall that a test can move."""

    now = float(NOW)

    def __call__(self) -> float:
        return self.now


async def test_each_place_gets_a_token_and_only_one_is_hidden_from_scripts(visitor: Visitor) -> None:
    answer = await visitor.post("/lab/storage/put-away")
    told = answer.json()
    assert sorted(told["tokens"]) == ["readable", "storage", "variable"]
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("lab=eyJ")
    assert f"Max-Age={LIFETIME}; Path=/; HttpOnly; SameSite=Lax" in cookie
    assert (await visitor.get(WHO)).json() == {
        "subject": "lab-visitor",
        "recognised_by": "cookie",
        "kept": "http-only",
    }
    cleaned = await visitor.post("/lab/storage/clean-up")
    assert "lab=; Max-Age=0" in cleaned.headers["set-cookie"]
    assert (await visitor.get(WHO)).status_code == 401


async def test_what_was_carried_off_works_elsewhere_until_it_expires() -> None:
    wall = Wall()
    app = rooms(PLACES, SIGNING, wall)
    tokens = (await Visitor(app, PLACES).post("/lab/storage/put-away")).json()["tokens"]
    thief = Visitor(app, PLACES)
    for kept, token in tokens.items():
        answer = await thief.get(WHO, authorization=f"Bearer {token}")
        assert (answer.json()["kept"], answer.json()["recognised_by"]) == (kept, "bearer")
    wall.now += LIFETIME
    answer = await thief.get(WHO, authorization=f"Bearer {tokens['storage']}")
    assert (answer.status_code, answer.json()["reason"]) == (401, "token_expired")


async def test_the_labs_tokens_are_good_for_the_lab_alone(visitor: Visitor) -> None:
    """Neither does the lab take a token of the town, nor the town one of the lab."""
    tokens = (await visitor.post("/lab/storage/put-away")).json()["tokens"]
    judged = await visitor.post("/inspector", {"token": tokens["storage"], "trust": "town"})
    assert Shown(judged.text).verdicts == ["refused"]
    theirs = SIGNING.token(PLACES.hub)
    answer = await Visitor(rooms(PLACES, SIGNING), PLACES).get(WHO, authorization=f"Bearer {theirs}")
    assert answer.status_code == 401


async def test_without_scripts_the_lab_tells_what_would_happen(visitor: Visitor) -> None:
    page = Shown((await visitor.get("/lab/storage")).text)
    rows = [one.attributes["data-place"] for one in page.html.all("tr") if "data-place" in one.attributes]
    assert rows == ["storage", "readable", "http-only", "variable"]
    assert "To try it, a script is needed." in page.html.text
    assert "hidden" in page.html.one("ol").attributes


async def test_one_page_alone_has_a_script_in_its_text_and_the_same_policy(visitor: Visitor) -> None:
    injected, plain = await visitor.get("/lab/storage/injected"), await visitor.get("/lab/storage")
    assert injected.headers["content-security-policy"] == plain.headers["content-security-policy"]
    assert [bool(one.text) for one in Shown(injected.text).html.all("script")] == [False, True]
    assert [bool(one.text) for one in Shown(plain.text).html.all("script")] == [False]


async def test_only_pages_of_the_hub_may_ask(visitor: Visitor) -> None:
    for path in ("/lab/storage/put-away", "/lab/storage/clean-up"):
        answer = await visitor.client.post(path, headers={"origin": "http://evil.localhost"})
        assert answer.status_code == 403
