"""Every change that can be made over HTTP leaves its line in the audit, and nothing else does."""

from typing import Any

import httpx2

from gatepass.server.audit.events import EVENTS
from gatepass.server.audit.kinds import BY_NAME
from gatepass.server.audit.model import AuditLine
from tests.support.live import BANK, NOBODY, OTHER_PASSWORD, PASSWORD, Live, bearer, tokens
from tests.support.pages import FIREFOX, FORM, LOOKING, SENDING

ONLY_BY_OPERATORS = {
    "user_imported",
    "user_enabled",
    "user_disabled",
    "scope_granted",
    "scope_revoked",
    "audience_added",
    "audience_removed",
    "client_added",
    "client_secret_rotated",
    "client_removed",
    "key_created",
    "key_activated",
    "key_retired",
    "key_revoked",
    "key_dropped",
    "keys_rewrapped",
    "password_upgraded",
}
"""Commands and time write these; an upgrade of a hash happens at the first sign-in after an import."""

NOT_REACHED = {
    "refresh_refused",  # another client than the built-in one, of which there is none yet
    "refresh_state_lost",  # a database that was set back
    "revocation_refused",  # a grant of another client
}


class Walk:
    """Goes through the server, and tells which lines each step has left."""

    def __init__(self, server: Live, client: httpx2.AsyncClient) -> None:
        self.server = server
        self.client = client
        self.seen = 0
        self.names: list[str] = []

    async def new(self) -> list[AuditLine]:
        """The lines since the last look."""
        lines = (await self.server.audit())[self.seen :]
        self.seen += len(lines)
        self.names += [line.name for line in lines]
        for line in lines:
            assert line.at == self.server.now
            kind = BY_NAME[line.name]
            assert set(line.detail) <= set(kind.detail), line
            assert {name for name in ("user", "session", "client") if getattr(line, name)} <= set(kind.about), line
            assert PASSWORD not in repr(line)
        return lines

    async def step(self, method: str, path: str, *names: str, **request: Any) -> httpx2.Response:
        """One request and the lines it must leave; each ties to the request, and says from where."""
        answer = await self.client.request(method, path, **request)
        lines = await self.new()
        assert [line.name for line in lines] == list(names), (path, answer.status_code)
        assert len({line.request_id for line in lines}) <= 1
        for line in lines:
            assert line.request_id
            if line.name != "user_deleted":
                assert (line.address, line.agent) == ("127.0.0.1", FIREFOX)
        return answer


async def test_the_api_leaves_one_line_per_change(server: Live) -> None:
    async with server.client(**{"user-agent": FIREFOX}) as client:
        walk = Walk(server, client)
        account = {"username": "ada", "password": PASSWORD}
        sign_in = {"identifier": "ada", "password": PASSWORD}
        await walk.step("POST", "/api/register", "user_registered", json=account)
        await walk.step("POST", "/api/register", json=account)
        await walk.step("POST", "/api/register", json={**account, "password": "short"})
        found = (await walk.step("POST", "/api/login", "session_started", json=sign_in)).json()
        wrong = {**sign_in, "password": OTHER_PASSWORD}
        await walk.step("POST", "/api/login", "sign_in_refused", json=wrong)
        await walk.step("POST", "/api/login", json=wrong)  # counted, not written: a guess must not cost a write
        first = {"refresh_token": found["refresh_token"]}
        second = (await walk.step("POST", "/api/refresh", "token_refreshed", json=first)).json()
        await walk.step("POST", "/api/refresh", json=first)
        await client.post("/api/refresh", json=first, headers={"user-agent": "somebody else"})
        assert [line.name for line in await walk.new()] == ["refresh_repeated_elsewhere"]
        me: Any = {"headers": bearer(second["access_token"])}
        await walk.step("GET", "/api/me", **me)
        await walk.step("GET", "/api/sessions", **me)
        await walk.step("PATCH", "/api/me", "user_updated", json={"name": "Ada"}, **me)
        await walk.step("PATCH", "/api/me", json={"name": "Ada"}, **me)
        bad = {"current_password": OTHER_PASSWORD, "new_password": OTHER_PASSWORD}
        await walk.step("POST", "/api/password", "password_refused", json=bad, **me)
        good = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
        await walk.step("POST", "/api/password", "password_changed", json=good, **me)
        sign_in["password"] = OTHER_PASSWORD
        await walk.step("POST", "/api/login", "session_started", json=sign_in)
        shown = (await walk.step("GET", "/api/sessions", **me)).json()["sessions"]
        other = next(one["id"] for one in shown if not one["current"])
        await walk.step("DELETE", f"/api/sessions/{other}", "session_ended", **me)
        await walk.step("DELETE", f"/api/sessions/{other}", **me)
        await walk.step("DELETE", "/api/sessions", "sessions_ended", **me)
        server.clock.move(60)
        await walk.step("POST", "/api/refresh", "refresh_reused", json=first)
        await walk.step("POST", "/api/refresh", json=first)
        third = (await walk.step("POST", "/api/login", "session_started", json=sign_in)).json()
        end = {"refresh_token": third["refresh_token"]}
        await walk.step("POST", "/api/logout", "session_ended", json=end)
        await walk.step("POST", "/api/logout", json=end)
        back = (await walk.step("POST", "/api/login", "session_started", json=sign_in)).json()
        give = {"token": back["refresh_token"]}
        await walk.step("POST", "/oauth/revoke", "grant_revoked", data=give)
        await walk.step("POST", "/oauth/revoke", data=give)
        last = (await walk.step("POST", "/api/login", "session_started", json=sign_in)).json()
        await walk.step("DELETE", "/api/me", "user_deleted", headers=bearer(last["access_token"]))
        reached = set(walk.names)
        assert reached == set(EVENTS) - ONLY_BY_OPERATORS - NOT_REACHED


async def test_the_pages_leave_the_same_lines(server: Live) -> None:
    async with server.client(**{"user-agent": FIREFOX}) as client:
        walk = Walk(server, client)
        form: Any = {"headers": {**SENDING, **FORM}}
        look: Any = {"headers": LOOKING}
        account = {"username": "ada", "password": PASSWORD}
        sign_in = {"identifier": "ada", "password": PASSWORD}
        await walk.step("GET", "/register", **look)
        await walk.step("POST", "/register", "user_registered", data=account, **form)
        await walk.step("POST", "/login", "session_started", data=sign_in, **form)
        await walk.step("GET", "/account", **look)
        # Again on the same device: the session of before ends, so no secret outlives a sign-in.
        await walk.step("POST", "/login", "session_ended", "session_started", data=sign_in, **form)
        await walk.step("POST", "/account/profile", "user_updated", data={"name": "Ada"}, **form)
        await walk.step("POST", "/account/profile", data={"name": "Ada"}, **form)
        wrong = {"current": OTHER_PASSWORD, "new": OTHER_PASSWORD}
        await walk.step("POST", "/account/password", "password_refused", data=wrong, **form)
        right = {"current": PASSWORD, "new": OTHER_PASSWORD}
        await walk.step("POST", "/account/password", "password_changed", data=right, **form)
        await walk.step("POST", "/account/sessions/end-others", "sessions_ended", **form)
        await walk.step("POST", "/account/sessions/end", data={"session": "none"}, **form)
        await walk.step("GET", "/logout", **look)
        await walk.step("POST", "/logout", "session_ended", **form)
        await walk.step("POST", "/logout", **form)
        sign_in["password"] = OTHER_PASSWORD
        await walk.step("POST", "/login", "session_started", data=sign_in, **form)
        await walk.step("GET", "/account/delete", **look)
        await walk.step("POST", "/account/delete", "user_deleted", data={"password": OTHER_PASSWORD}, **form)


async def test_a_line_says_who_which_session_and_which_client(server: Live, client: httpx2.AsyncClient) -> None:
    sub = await server.person()
    found = await tokens(client, resource=BANK)
    await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})
    lines = {line.name: line for line in await server.audit(sub)}
    assert lines["user_registered"].detail == {"by": "operator"}
    started, refreshed = lines["session_started"], lines["token_refreshed"]
    assert (started.user, started.detail) == (sub, {"kind": "api"})
    assert (refreshed.session, refreshed.client) == (started.session, "gatepass-first-party")


async def test_the_grants_of_a_user_who_was_disabled_are_over_and_said_once(
    server: Live, client: httpx2.AsyncClient
) -> None:
    sub = await server.person()
    found = await tokens(client)
    await server.own.disable_user(sub, source=NOBODY)
    await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})
    names = [line.name for line in await server.audit(sub)]
    assert names == ["user_registered", "session_started", "user_disabled"]
