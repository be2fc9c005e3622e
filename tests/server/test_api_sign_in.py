"""Signing in for tokens: what they say, for whom they are, and who else can read them."""

from pathlib import Path
from typing import Any

import httpx2
import jwt
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet as JoserfcKeySet

from tests.support.databases import SqliteDatabase
from tests.support.live import (
    BANK,
    NOBODY,
    OTHER_PASSWORD,
    PASSWORD,
    RETIREMENT,
    SHOP,
    Live,
    bearer,
    live,
    tokens,
)

REQUIRED = {"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "sid", "auth_time", "amr", "status"}


def read(token: str) -> dict[str, Any]:
    """The claims, unverified."""
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


async def test_who_registers_signs_in_by_either_name(server: Live, client: httpx2.AsyncClient) -> None:
    account = {"username": "Ada", "email": "Ada@Example.com", "password": PASSWORD, "name": "Ada L."}
    made = await client.post("/api/register", json=account)
    assert made.status_code == 201
    profile = made.json()
    assert (profile["username"], profile["email"], profile["email_verified"]) == ("Ada", "Ada@example.com", False)
    assert (profile["name"], profile["scope"], profile["created_at"]) == ("Ada L.", "email profile", server.now)
    assert PASSWORD not in made.text
    for identifier in ("ada", "ADA", "ada@example.com"):
        answer = await tokens(client, identifier)
        assert read(answer["access_token"])["sub"] == profile["sub"]
    wrong = await client.post("/api/login", json={"identifier": "ada", "password": OTHER_PASSWORD})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_credentials")


async def test_a_form_is_as_good_as_json(server: Live, client: httpx2.AsyncClient) -> None:
    made = await client.post("/api/register", data={"username": "ada", "password": PASSWORD})
    assert made.status_code == 201
    fields = {"identifier": "ada", "password": PASSWORD, "resource": [BANK, RETIREMENT], "scope": "profile"}
    answer = (await client.post("/api/login", data=fields)).json()
    assert read(answer["access_token"])["aud"] == [BANK, RETIREMENT]
    again = await client.post("/api/refresh", data={"refresh_token": answer["refresh_token"], "resource": BANK})
    assert read(again.json()["access_token"])["aud"] == BANK


async def test_the_answer_says_what_was_given(one_server: Live, client: httpx2.AsyncClient) -> None:
    await one_server.person("ada", "pension:read")
    answer = await client.post("/api/login", json={"identifier": "ada", "password": PASSWORD})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert found.keys() == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert (found["token_type"], found["expires_in"], found["scope"]) == ("Bearer", 300, "pension:read")
    claims = read(found["access_token"])
    assert claims.keys() == REQUIRED
    assert jwt.get_unverified_header(found["access_token"])["typ"] == "at+jwt"
    assert (claims["iss"], claims["aud"]) == (one_server.url, one_server.url)
    assert (claims["iat"], claims["exp"], claims["auth_time"]) == (
        one_server.now,
        one_server.now + 300,
        one_server.now,
    )
    assert (claims["client_id"], claims["amr"]) == ("gatepass-first-party", ["pwd"])


PROFILE = {"preferred_username": "ada", "name": "Ada L."}
EMAIL = {"email": "ada@example.com", "email_verified": False}
ABOUT_ADA: dict[str, Any] = {**PROFILE, **EMAIL}
PERSONAL = [("profile", PROFILE), ("email", EMAIL), ("profile email", ABOUT_ADA), ("pension:read", {})]


async def test_personal_data_is_told_only_where_it_was_asked_for(one_server: Live, client: httpx2.AsyncClient) -> None:
    await one_server.person("ada", "pension:read", email="ada@example.com", name="Ada L.")
    for scope, told in PERSONAL:
        claims = read((await tokens(client, scope=scope))["access_token"])
        assert {name: claims[name] for name in ABOUT_ADA if name in claims} == told, scope


async def test_a_scope_is_given_as_far_as_it_is_held(one_server: Live, client: httpx2.AsyncClient) -> None:
    await one_server.person("ada", "pension:read")
    asked = "pension:read admin:everything profile"
    assert (await tokens(client, scope=asked))["scope"] == "pension:read profile"


TARGETS: list[tuple[Any, Any]] = [
    (SHOP, SHOP),
    ([SHOP], SHOP),
    ([BANK, RETIREMENT], [BANK, RETIREMENT]),
    ([BANK, BANK], BANK),
    ("http://shop.localhost:9/x", "http://shop.localhost:9/x"),
    ([BANK, SHOP], None),
    ("https://evil.example", None),
    (["http://a.localhost", "http://b.localhost"], None),
    ("not a URL", None),
    (f"{BANK}/", None),
]


async def test_a_token_is_for_declared_services_of_one_trust_group(
    one_server: Live, client: httpx2.AsyncClient
) -> None:
    await one_server.person()
    for resource, audience in TARGETS:
        body = {"identifier": "ada", "password": PASSWORD, "resource": resource}
        answer = await client.post("/api/login", json=body)
        if audience is None:
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target"), resource
        else:
            assert read(answer.json()["access_token"])["aud"] == audience


async def test_the_auth_server_stands_alone_in_a_token(one_server: Live, client: httpx2.AsyncClient) -> None:
    """What its own API accepts, nobody else can replay there; and the reverse."""
    await one_server.person()
    body = {"identifier": "ada", "password": PASSWORD, "resource": [one_server.url, BANK]}
    assert (await client.post("/api/login", json=body)).json()["error"] == "invalid_target"
    answer = await tokens(client, resource=BANK)
    refused = await client.get("/api/me", headers=bearer(answer["access_token"]))
    assert (refused.status_code, refused.json()["reason"]) == (401, "wrong_audience")


async def test_other_libraries_verify_a_token_with_the_published_keys(
    one_server: Live, client: httpx2.AsyncClient
) -> None:
    sub = await one_server.person()
    token = (await tokens(client, resource=BANK))["access_token"]
    published = await client.get("/.well-known/jwks.json")
    assert published.headers["content-type"] == "application/jwk-set+json"
    assert published.headers["cache-control"] == "public, max-age=300"
    assert not any("d" in key for key in published.json()["keys"])
    key = jwt.PyJWKSet.from_dict(published.json())[jwt.get_unverified_header(token)["kid"]]
    options: Any = {"verify_exp": False, "verify_iat": False}  # the server lives in 2027
    assert jwt.decode(token, key, ["ES256"], audience=BANK, issuer=one_server.url, options=options)["sub"] == sub
    by_joserfc = joserfc_jwt.decode(token, JoserfcKeySet.import_key_set(published.json()), algorithms=["ES256"])
    assert by_joserfc.claims["sub"] == sub
    tagged = {"if-none-match": published.headers["etag"]}
    assert (await client.get("/.well-known/jwks.json", headers=tagged)).status_code == 304


async def test_the_metadata_leads_to_the_keys(one_server: Live, client: httpx2.AsyncClient) -> None:
    found = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert (found["issuer"], found["jwks_uri"]) == (one_server.url, f"{one_server.url}/.well-known/jwks.json")


async def test_nobody_is_told_which_half_was_wrong(one_server: Live, client: httpx2.AsyncClient) -> None:
    await one_server.person()
    answers = [
        await client.post("/api/login", json={"identifier": name, "password": password})
        for name, password in [
            ("ada", OTHER_PASSWORD),
            ("eve", PASSWORD),
            ("ada", "x" * 600),
            ("", ""),
            ("a" * 999, ""),
        ]
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}


async def test_a_disabled_person_is_told_so_only_with_the_right_password(
    one_server: Live, client: httpx2.AsyncClient
) -> None:
    sub = await one_server.person()
    await one_server.own.disable_user(sub, source=NOBODY)
    right = await client.post("/api/login", json={"identifier": "ada", "password": PASSWORD})
    assert (right.status_code, right.json()["error"]) == (403, "user_disabled")
    wrong = await client.post("/api/login", json={"identifier": "ada", "password": OTHER_PASSWORD})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_credentials")


async def test_a_known_device_gets_in_while_strangers_are_throttled(
    sqlite_database: SqliteDatabase, tmp_path: Path, anyio_backend: str
) -> None:
    database = sqlite_database.fresh(tmp_path)
    async with (
        live(tmp_path, database=database, sign_ins_per_address=3) as server,
        server.client() as known,
        server.client() as stranger,
    ):
        await server.person()
        await tokens(known)
        assert "gatepass_device" in known.cookies
        bad = {"identifier": "ada", "password": OTHER_PASSWORD}
        answers = [await stranger.post("/api/login", json=bad) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        assert answers[-1].json()["error"] == "throttled"
        assert int(answers[-1].headers["retry-after"]) > 0
        right = await stranger.post("/api/login", json={**bad, "password": PASSWORD})
        assert right.status_code == 429
        assert (await tokens(known))["token_type"] == "Bearer"
