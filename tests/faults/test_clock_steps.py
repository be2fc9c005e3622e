"""The clock of the server jumps by an hour, forwards and back: what its clients see."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.faults.conftest import MakeCrowd
from tests.support.live import PASSWORD as ADAS
from tests.support.live import bearer, live, tokens
from tests.support.pages import LOOKING, SENDING
from tests.support.soak.node import PASSWORD, Node, running
from tests.support.token_server import MovedClock

HOUR = 3_600
PEOPLE = [f"person{number}" for number in range(4)]
LIBRARIES = sorted(Path("/usr").glob("lib*/**/faketime/libfaketimeMT.so.1"))


async def me(client: httpx2.AsyncClient, access: str) -> tuple[int, str | None]:
    """Status, and the code of the refusal."""
    answer = await client.get("/api/me", headers=bearer(access))
    return answer.status_code, answer.json().get("error")


async def refreshed(client: httpx2.AsyncClient, held: dict[str, Any]) -> dict[str, Any]:
    """The next tokens."""
    answer = await client.post("/api/refresh", json={"refresh_token": held["refresh_token"]})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_after_a_step_of_an_hour_a_refresh_goes_on_and_its_tokens_are_good(
    step: int, database_url: str, tmp_path: Path
) -> None:
    """Access tokens from before are expired, or live an hour longer. Whoever refreshes, signs in or has a cookie
    notices nothing; keys sign and are published as before."""
    async with live(tmp_path, clock=MovedClock(), database=database_url) as server:
        await server.person()
        client, browser = server.client(), server.client(**LOOKING)
        held = await tokens(client)
        form = {"identifier": "ada", "password": ADAS}
        assert (await browser.post("/login", data=form, headers=SENDING)).status_code == 303
        server.clock.move(step)
        assert await me(client, held["access_token"]) == ((401, "invalid_token") if step > 0 else (200, None))
        held = await refreshed(client, held)
        assert await me(client, held["access_token"]) == (200, None)
        assert await me(client, (await tokens(client))["access_token"]) == (200, None)
        assert (await browser.get("/account")).status_code == 200
        assert (await client.get("/.well-known/jwks.json")).json()["keys"]
        await server.auth.services.housekeeping.turn()
        assert (await client.get("/readyz")).status_code == 200


async def test_forwards_and_back_again_leaves_everybody_signed_in(database_url: str, tmp_path: Path) -> None:
    """Somebody corrected a wrong clock: refresh tokens that were made in the wrong hour are good."""
    async with live(tmp_path, clock=MovedClock(), database=database_url) as server:
        await server.person()
        client = server.client()
        held = await tokens(client)
        for step in (HOUR, -HOUR, -HOUR, HOUR):
            server.clock.move(step)
            held = await refreshed(client, held)
            held = await refreshed(client, held)
            assert await me(client, held["access_token"]) == (200, None)


async def test_an_answer_that_was_lost_right_before_a_step_is_not_given_again(
    database_url: str, tmp_path: Path
) -> None:
    """The grace is a matter of the clock: across a step it is over, and repeating looks like reuse."""
    async with live(tmp_path, clock=MovedClock(), database=database_url) as server:
        await server.person()
        client = server.client()
        held = await tokens(client)
        await refreshed(client, held)
        server.clock.move(-HOUR)
        answer = await client.post("/api/refresh", json={"refresh_token": held["refresh_token"]})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.interop
@pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not installed")
async def test_a_crowd_goes_through_steps_of_the_system_clock_of_a_real_process(
    database_url: str, tmp_path: Path, crowd_at: MakeCrowd
) -> None:
    """An hour forwards, back, and back again, under load: nobody is signed out, and no answer is an error."""
    offset = tmp_path / "offset"
    offset.write_text("+0")
    settings = {"FAKETIME_TIMESTAMP_FILE": offset, "FAKETIME_NO_CACHE": 1, "FAKETIME_DONT_FAKE_MONOTONIC": 1}
    around = ["env", f"LD_PRELOAD={LIBRARIES[0]}", *(f"{name}={value}" for name, value in settings.items())]
    node = Node(tmp_path, database_url, around=around)
    await node.people(*PEOPLE)
    async with running(node):
        crowd = crowd_at([node.url])
        crowd.come(*(crowd.ledger.joined(name, PASSWORD) for name in PEOPLE))
        for step in ("+3600", "+0", "-3600", "+0"):
            await crowd.more(30)
            offset.write_text(step)
        await crowd.more(30)
        await crowd.leave()
        await crowd.audit()
    assert crowd.ledger.verdict().good, [*crowd.ledger.found, *crowd.ledger.outside()]
    assert "Traceback" not in node.log()
