"""The inspector and a real auth server: its keys, a fresh token, a sign-out that it hears of, one secret for all."""

import asyncio
from collections.abc import Iterator

import pytest

from gatepass import AuthServer, Secret
from gatepass.demo.hub.auth_server import SHARED, RunningAuthServer
from gatepass.demo.places import ADA, PASSPHRASE, Places
from gatepass.demo.story.browser import Browser, Request
from gatepass.server.settings import Audience, Settings
from tests.support.browser import served
from tests.support.hub_rooms import Shown, Visitor, rooms

SECRET = "the one secret of a town that shares one"


@pytest.fixture(scope="module", params=[False, True], ids=["key pairs", "shared secret"])
def places(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """A town of which only the auth server is there; Ada has an account."""

    def town(base: str) -> Places:
        return Places(int(base.rpartition(":")[2]), shared_secret=request.param)

    def made(base: str) -> AuthServer:
        sites = town(base).money + town(base).market
        return AuthServer(
            Settings(
                issuer=base,
                data=tmp_path_factory.mktemp("id"),
                secret_key=Secret(b"p" * 32),
                audiences=tuple(Audience(site, "town") for site in sites),
                shared_secrets={"town": Secret(SECRET)} if request.param else {},
            )
        )

    with pytest.MonkeyPatch.context() as patch, served(made, host="id.localhost") as base:
        patch.setenv(SHARED, SECRET)
        account = {"username": ADA, "password": PASSPHRASE}
        assert Browser().send(Request("POST", f"{base}/api/register", json=account)).status == 201
        yield town(base)


@pytest.fixture
def visitor(places: Places) -> Visitor:
    """Somebody in front of the hub."""
    return Visitor(rooms(places, RunningAuthServer(places)), places)


async def test_a_fresh_token_for_any_site_is_accepted_there(visitor: Visitor, places: Places) -> None:
    for site in (places.bank, places.chat):
        page = Shown((await visitor.post(form={"fresh": "yes", "audience": site})).text)
        assert page.verdicts == ["accepted"]
        assert {outcome for _, outcome, _ in page.checks()} == {"passed"}


async def test_it_is_told_where_the_key_came_from(visitor: Visitor, places: Places) -> None:
    page = Shown((await visitor.post(form={"fresh": "yes"})).text)
    (said,) = [text for check, _, text in page.checks() if check == "key"]
    assert ("the town’s secret" in said) == places.shared_secret


async def test_a_token_that_was_taken_back_is_found_out(visitor: Visitor, places: Places) -> None:
    """Signature and dates are as good as before: only its issuer knows."""
    account = {"identifier": ADA, "password": PASSPHRASE, "resource": places.bank}
    signed_in = await asyncio.to_thread(_ask, f"{places.issuer}/api/login", account)
    await asyncio.to_thread(_ask, f"{places.issuer}/api/logout", {"refresh_token": signed_in["refresh_token"]})
    while (page := Shown((await visitor.post(form={"token": signed_in["access_token"]})).text)).verdicts == [
        "accepted"
    ]:
        pass  # the list shows it half a second after the sign-out at the latest
    assert page.verdicts == ["refused"]
    assert [one[0] for one in page.checks() if one[1] == "failed"] == ["gate"]
    assert "token_revoked" in page.checks()[-1][2]


def _ask(url: str, body: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = Browser().send(Request("POST", url, json=body)).json
    return found


async def test_an_attack_falls_here_too(visitor: Visitor) -> None:
    page = Shown((await visitor.post(form={"fresh": "yes"})).text)
    for attack in ("flip", "none", "hs256"):
        tried = Shown((await visitor.post(form=page.fields | {"attack": attack})).text)
        assert tried.verdicts == ["accepted", "refused"]


def test_an_auth_server_that_is_away_is_told() -> None:
    visitor = Visitor(rooms(Places(1), RunningAuthServer(Places(1))), Places(1))
    page = Shown(asyncio.run(visitor.post(form={"fresh": "yes"})).text)
    assert "does not answer" in page.says("token")
