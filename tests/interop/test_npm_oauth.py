"""`oauth4webapi`, a strict OAuth client of the Node world, finds our endpoints and uses them."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gatepass.server.settings import Audience
from tests.support.live import BANK, Live, live
from tests.support.npm_jose import Ask, install
from tests.support.oauth import service, signed_in
from tests.support.source import ROOT
from tests.support.token_server import MovedClock

pytestmark = pytest.mark.interop

PACKAGE = "oauth4webapi@3.8.8"
SCRIPT = ROOT / "tests" / "interop" / "npm_oauth.mjs"


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    return install(tmp_path_factory.mktemp("node_oauth"), PACKAGE, SCRIPT)


@pytest.fixture
async def server(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Live]:
    async with live(tmp_path, clock=MovedClock(time.time()), audiences=(Audience(BANK),)) as server:
        yield server


@pytest.mark.parametrize("method", ["basic", "post"])
async def test_a_service_asks_about_a_token_in_both_ways(ask: Ask, server: Live, method: str) -> None:
    bank = await service(server)
    found = await signed_in(server)
    who = {"issuer": server.url, "client_id": bank.id, "client_secret": bank.secret, "method": method}
    told = await ask("introspect", token=found["access_token"], **who)
    assert (told["active"], told["aud"], told["scope"]) == (True, BANK, found["scope"])
    assert await ask("introspect", token=found["refresh_token"], **who) == {"active": False}


async def test_a_public_client_revokes_its_refresh_token(ask: Ask, server: Live) -> None:
    bank = await service(server)
    found = await signed_in(server)
    who = {"issuer": server.url, "client_id": "gatepass-first-party", "method": "none"}
    assert await ask("revoke", token=found["access_token"], **who) == {
        "error": "unsupported_token_type",
        "status": 400,
    }
    assert await bank.good(found["access_token"])
    for _ in range(2):
        assert await ask("revoke", token=found["refresh_token"], **who) == {"revoked": True}
    assert not await bank.good(found["access_token"])


@pytest.mark.parametrize("act", ["introspect", "revoke"])
async def test_a_wrong_secret_is_understood_as_a_challenge(ask: Ask, server: Live, act: str) -> None:
    """RFC 6749 section 5.2: 401 with the scheme that the client used."""
    bank = await service(server)
    who = {"issuer": server.url, "client_id": bank.id, "client_secret": "wrong", "method": "basic"}
    assert await ask(act, token="x", **who) == {
        "error": "OAUTH_WWW_AUTHENTICATE_CHALLENGE",
        "status": 401,
        "scheme": "basic",
    }
