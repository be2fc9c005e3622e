"""Introspection over HTTP (RFC 7662): who is told what, and until when."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest

from gatepass.kernel.secret import Secret
from gatepass.server.settings import Audience
from gatepass.server.users.model import User
from tests.support.live import BANK, NOBODY, PASSWORD, RETIREMENT, SHOP, Live, live
from tests.support.oauth import Service, basic, raw_basic, service, signed_in


async def refreshed(server: Live, found: dict[str, Any], **more: Any) -> dict[str, Any]:
    async with server.client() as client:
        answer = await client.post("/api/refresh", json={"refresh_token": found["refresh_token"], **more})
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


async def test_a_service_is_told_what_a_good_token_says(server: Live) -> None:
    """The members of RFC 7662 section 2.2, with the values of the token."""
    bank = await service(server)
    found = await signed_in(server)
    answer = await bank.ask(found["access_token"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["cache-control"] == "no-store"
    said = jwt.decode(found["access_token"], options={"verify_signature": False})
    told = answer.json()
    assert (told.pop("active"), told.pop("token_type")) == (True, "Bearer")
    for member in ("iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "sid", "auth_time", "amr"):
        assert told.pop(member) == said[member]
    assert told == {}


async def test_names_and_addresses_are_told_only_where_the_token_has_them(server: Live) -> None:
    """Username with the scope `profile`, e-mail with `email`; the token decides, not who asks."""
    bank = await service(server)
    await server.person("ada", email="ada@example.com")
    async with server.client() as client:
        for scope, members in {
            "profile": {"username", "preferred_username"},
            "email": {"email", "email_verified"},
            None: set(),
        }.items():
            login = {"identifier": "ada", "password": PASSWORD, "resource": BANK, "scope": scope}
            token = (await client.post("/api/login", json=login)).json()["access_token"]
            told = (await bank.ask(token)).json()
            personal = {"username", "preferred_username", "name", "email", "email_verified"} & told.keys()
            assert personal == members


async def test_a_service_sees_only_tokens_that_name_it(server: Live) -> None:
    """Of a token for somebody else it learns no more than of no token."""
    bank, shop = await service(server), await service(server, SHOP, "Shop")
    found = await signed_in(server)
    own = (await refreshed(server, found, resource=server.url))["access_token"]
    assert await bank.good(found["access_token"])
    assert not await shop.good(found["access_token"])
    assert [await one.good(own) for one in (bank, shop)] == [False, False]


async def test_each_service_that_a_token_names_may_ask_about_it(server: Live) -> None:
    bank, retirement = await service(server), await service(server, RETIREMENT, "Retirement")
    token = (await signed_in(server, resource=[BANK, RETIREMENT]))["access_token"]
    assert [await one.good(token) for one in (bank, retirement)] == [True, True]


async def test_both_ways_to_show_a_secret_work(one_server: Live) -> None:
    """client_secret_basic, in any case of the scheme and form-encoded, and client_secret_post."""
    bank = await service(one_server)
    token = (await signed_in(one_server))["access_token"]
    encoded = "".join(f"%{ord(char):02x}" for char in bank.secret)
    lower = {"authorization": bank.header["authorization"].replace("Basic ", "basic  ")}
    posted = {"client_id": bank.id, "client_secret": bank.secret}
    for headers, more in [
        (bank.header, {}),
        (bank.header, {"client_id": bank.id}),
        (lower, {}),
        (raw_basic(f"{bank.id}:{encoded}".encode()), {}),
        ({}, posted),
    ]:
        answer = await bank.ask(token, headers=headers, data={"token": token, **more})
        assert (answer.status_code, answer.json().get("active")) == (200, True)


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
async def test_a_hint_about_the_kind_changes_nothing(one_server: Live, hint: str) -> None:
    """Section 2.1: the server looks at all kinds all the same; unknown parameters are ignored."""
    bank = await service(one_server)
    found = await signed_in(one_server)
    for token, good in ((found["access_token"], True), (found["refresh_token"], False)):
        data = {"token": token, "token_type_hint": hint, "resource": "x", "": "y"}
        assert (await bank.ask(token, data=data)).json()["active"] is good


async def test_a_refresh_token_is_nothing_for_a_service(server: Live) -> None:
    """It is between its client and this server."""
    bank = await service(server)
    assert not await bank.good((await signed_in(server))["refresh_token"])


async def by_signing_out(server: Live, found: dict[str, Any]) -> None:
    async with server.client() as client:
        await client.post("/api/logout", json={"refresh_token": found["refresh_token"]})


async def by_revoking(server: Live, found: dict[str, Any]) -> None:
    async with server.client() as client:
        await client.post("/oauth/revoke", data={"token": found["refresh_token"]})


async def by_reuse(server: Live, found: dict[str, Any]) -> None:
    await refreshed(server, found)
    server.clock.move(60)
    async with server.client() as client:
        await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})


async def by_the_operator(server: Live, found: dict[str, Any]) -> None:
    user = await server.own.users.find(_sub(found))
    assert user is not None
    await server.auth.services.end_sessions.all_by_operator(user.subject, source=NOBODY)


async def by_disabling(server: Live, found: dict[str, Any]) -> None:
    await server.own.disable_user(_sub(found), source=NOBODY)


async def by_deleting(server: Live, found: dict[str, Any]) -> None:
    await server.own.delete_user.by_operator(_sub(found), source=NOBODY)


async def by_expiry(server: Live, found: dict[str, Any]) -> None:
    server.clock.move(300)


async def by_revoking_the_key(server: Live, found: dict[str, Any]) -> None:
    kid = jwt.get_unverified_header(found["access_token"])["kid"]
    await server.auth.services.keeper.revoke(kid, source=NOBODY)
    await server.auth.services.ring.reload()


def _sub(found: dict[str, Any]) -> str:
    sub: str = jwt.decode(found["access_token"], options={"verify_signature": False})["sub"]
    return sub


@pytest.mark.parametrize(
    "end",
    [
        by_signing_out,
        by_revoking,
        by_reuse,
        by_the_operator,
        by_disabling,
        by_deleting,
        by_expiry,
        by_revoking_the_key,
    ],
)
async def test_a_token_is_good_no_more_from_the_next_question_on(
    server: Live, end: Callable[[Live, dict[str, Any]], Awaitable[None]]
) -> None:
    """However its session, grant, person or key came to an end, or its own time."""
    bank = await service(server)
    found = await signed_in(server)
    token = found["access_token"]
    assert [await bank.good(token), await bank.good(token)] == [True, True]
    await end(server, found)
    assert [await bank.good(token), await bank.good(token)] == [False, False]


async def test_a_token_outlives_no_session_that_ran_out(database_url: str, tmp_path: Path) -> None:
    """The one liveness function decides, also by time: here tokens live longer than what they hang on."""
    values: Any = {"audiences": (Audience(BANK),), "refresh_idle": "2m", "refresh_absolute": "4m"}
    async with live(tmp_path, database=database_url, access_lifetime="1h", **values) as server:
        bank = await service(server)
        first = await signed_in(server)
        server.clock.move(119)
        second = await refreshed(server, first)
        server.clock.move(119)
        assert await bank.good(first["access_token"])
        server.clock.move(2)
        assert not await bank.good(first["access_token"])
        assert not await bank.good(second["access_token"])


async def test_a_scope_that_was_taken_back_is_not_told_any_more(server: Live) -> None:
    """The token still has it; whoever asks wants to know what is so now."""
    bank = await service(server)
    found = await signed_in(server, scope="pension:read profile")
    await server.own.grant_scope.revoke(_sub(found), "pension:read", source=NOBODY)
    assert (await bank.ask(found["access_token"])).json()["scope"] == "profile"


async def test_asking_writes_nothing_and_is_no_use_of_the_session(server: Live) -> None:
    bank = await service(server)
    found = await signed_in(server)
    before = await server.audit()
    [session] = await server.auth.services.list_sessions.of_all()
    server.clock.move(120)
    assert await bank.good(found["access_token"])
    assert await server.auth.services.list_sessions.of_all() == [session]
    assert await server.audit() == before


async def test_a_removed_service_is_told_nothing(server: Live) -> None:
    bank = await service(server)
    token = (await signed_in(server))["access_token"]
    await bank.removed()
    answer = await bank.ask(token)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_client_that_is_not_let_in_is_told_how_it_would_be(one_server: Live) -> None:
    """RFC 6749 section 5.2: 401 with a challenge of the scheme it may use, and a body in its words."""
    bank = await service(one_server)
    answer = await bank.ask("x", headers=basic(bank.id, "wrong"))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="gatepass", charset="UTF-8"'
    assert answer.json().keys() == {"error", "error_description"}
    assert answer.headers["cache-control"] == "no-store"


async def test_while_the_database_is_down_nobody_is_told_anything(one_server: Live) -> None:
    """503 with Retry-After, and no word about the token."""
    bank = await service(one_server)
    token = (await signed_in(one_server))["access_token"]
    assert await bank.good(token)
    await one_server.auth.services.store.close()
    for path in ("/oauth/introspect", "/oauth/revoke"):
        answer: httpx2.Response = await bank.client.post(path, headers=bank.header, data={"token": token})
        assert (answer.status_code, "active" in answer.text) == (503, False)
        assert int(answer.headers["retry-after"]) >= 1


async def test_the_metadata_says_where_to_ask_and_how(one_server: Live, client: httpx2.AsyncClient) -> None:
    """RFC 8414 section 2."""
    told = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert told["introspection_endpoint"] == f"{one_server.url}/oauth/introspect"
    assert told["revocation_endpoint"] == f"{one_server.url}/oauth/revoke"
    methods = ["client_secret_basic", "client_secret_post"]
    assert told["introspection_endpoint_auth_methods_supported"] == methods
    assert told["revocation_endpoint_auth_methods_supported"] == ["none", *methods]


async def test_a_rotated_secret_and_the_one_before_both_let_the_service_in(server: Live) -> None:
    bank = await service(server)
    token = (await signed_in(server))["access_token"]
    rotate = server.auth.services.confidential.rotate
    _, second = await rotate(bank.id, now=server.now, source=NOBODY)
    assert await bank.good(token)
    assert await Service(server, bank.client, bank.id, second).good(token)


async def test_with_a_team_s_own_users_the_team_says_who_is_still_there(database_url: str, tmp_path: Path) -> None:
    """Gone or disabled there is not good here; and while the team cannot tell, nobody can."""
    table = Table()
    async with live(tmp_path, database=database_url, users=table, audiences=(Audience(BANK),)) as server:
        bank = await service(server)
        login = {"identifier": "ada", "password": PASSWORD, "resource": BANK}
        token = (await bank.client.post("/api/login", json=login)).json()["access_token"]
        assert await bank.good(token)
        table.user = User(subject="1", disabled=True)
        assert not await bank.good(token)
        table.user = None
        assert not await bank.good(token)
        table.down = True
        answer = await bank.ask(token)
        assert (answer.status_code, answer.json()["error"]) == (503, "users_unavailable")
        assert "retry-after" in answer.headers


class Table:
    """A team's users: one of them."""

    def __init__(self) -> None:
        self.user: User | None = User(subject="1", scopes=("pension:read",))
        self.down = False

    async def authenticate(self, identifier: str, password: str) -> User | None:
        return self.user

    async def find(self, subject: str) -> User | None:
        if self.down:
            raise OSError
        return self.user


async def test_tokens_that_every_member_of_a_group_can_make_are_not_vouched_for(tmp_path: Path) -> None:
    """HS256 in a trust group: the signature says only that some member made it."""
    values: Any = {"audiences": (Audience(BANK, "money"),), "shared_secrets": {"money": Secret(b"s" * 32)}}
    async with live(tmp_path, **values) as server:
        bank = await service(server)
        token = (await signed_in(server))["access_token"]
        assert jwt.get_unverified_header(token)["alg"] == "HS256"
        assert not await bank.good(token)


async def test_below_a_path_the_endpoints_are_where_the_metadata_says(tmp_path: Path) -> None:
    async with live(tmp_path, path="/auth", audiences=(Audience(BANK),)) as server, server.client() as client:
        told = (await client.get("/.well-known/oauth-authorization-server/auth")).json()
        assert told["introspection_endpoint"] == f"{server.url}/oauth/introspect"
        for name in ("introspection_endpoint", "revocation_endpoint"):
            assert (await client.post(told[name], data={"x": "y"})).json()["error"] == "invalid_request"
