"""After a restore every session ends: none can be told from one that had ended."""

from pathlib import Path

from tests.support.live import NOBODY, bearer, live, tokens
from tests.support.pages import LOOKING, PASSWORD, SENDING


async def test_everybody_is_out(database_url: str, tmp_path: Path) -> None:
    """API sign-ins and browsers of all people. What had ended is not counted, and doing it again does nothing."""
    async with live(tmp_path, database=database_url) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        client, browser = server.client(), server.client(**LOOKING)
        held = [await tokens(client, name) for name in ("ada", "ada", "bob")]
        await client.post("/api/logout", json={"refresh_token": held[0]["refresh_token"]})
        form = {"identifier": "bob", "password": PASSWORD}
        assert (await browser.post("/login", data=form, headers=SENDING)).status_code == 303
        end = server.auth.services.end_sessions.after_restore
        assert await end(source=NOBODY) == (3, 2)
        for one in held:
            assert (await client.get("/api/me", headers=bearer(one["access_token"]))).status_code == 401
            answer = await client.post("/api/refresh", json={"refresh_token": one["refresh_token"]})
            assert answer.json()["error"] == "invalid_grant"
        assert (await browser.get("/account")).status_code == 303
        lines = [line for line in await server.audit() if line.name == "sessions_ended"]
        assert {line.user for line in lines} == {ada, bob}
        assert all(line.detail == {"by": "restore"} for line in lines)
        assert await end(source=NOBODY) == (0, 0)
        assert await tokens(client, "ada")
