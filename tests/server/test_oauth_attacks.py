"""A table of attacks on revocation and introspection: each is refused in its way, and none changes anything."""

from collections.abc import Sequence

import httpx2
import jwt
import pytest

from gatepass.jose import Signer
from gatepass.server.oauth.throttle import ADDRESSES
from gatepass.testing import TestIssuer
from tests.support.live import BANK, NOBODY, PASSWORD, SHOP, Live, tokens
from tests.support.oauth import basic, service, signed_in
from tests.support.oauth_attacks import CREDENTIALS, FORMS, TOKENS
from tests.support.oauth_world import Attack, World

AUDITED = {"revocation_refused"}
"""The only line that an attack may leave: somebody holds a token that was not given to them."""


async def world(server: Live) -> World:
    """A server in which somebody is signed in, and what an attacker has collected."""
    bank, shop, gone = await service(server), await service(server, SHOP, "Shop"), await service(server, name="Gone")
    await gone.removed()
    before = await signed_in(server)
    server.clock.move(300)
    ended = await tokens(bank.client, resource=BANK)
    await bank.client.post("/api/logout", json={"refresh_token": ended["refresh_token"]})
    good = await tokens(bank.client, resource=BANK)
    ring = server.auth.services.ring
    signers = {typ: await ring.signer(typ) for typ in ("at+jwt", "JWT", "statuslist+jwt")}
    claims = jwt.decode(good["access_token"], options={"verify_signature": False})
    foreign = Signer(next(iter(TestIssuer().keys)), typ="at+jwt").sign(claims)
    return World(
        bank=bank,
        shop=shop,
        access=good["access_token"],
        refresh=good["refresh_token"],
        own=lambda said, typ: signers[typ].sign(said),
        published=(await bank.client.get("/.well-known/jwks.json")).json(),
        expired=before["access_token"],
        ended=ended["access_token"],
        foreign=foreign,
        removed=gone.header,
        password=PASSWORD,
    )


def said(answer: httpx2.Response) -> tuple[int, str | None]:
    """Status and error; the whole body of a 200 says nothing."""
    found = answer.json() if answer.content else {"error": None}
    if answer.status_code == 200:
        assert found in ({"active": False}, {}), found
    return answer.status_code, found.get("error")


@pytest.mark.parametrize("table", [CREDENTIALS, FORMS, TOKENS], ids=["credentials", "forms", "tokens"])
async def test_every_attack_is_answered_in_its_way_and_changes_nothing(server: Live, table: Sequence[Attack]) -> None:
    """After all of them the grant is alive, its token is good, and the audit has no line about a change."""
    found = await world(server)
    before = await server.audit()
    seen: dict[str, tuple[int, str | None]] = {}
    for attack in table:
        answer = await found.bank.client.request(url=attack.path, **attack.request(found))
        seen[attack.name] = said(answer)
        assert found.bank.secret not in answer.text
        assert answer.headers["cache-control"] == "no-store"
    assert seen == {attack.name: (attack.status, attack.error) for attack in table}
    assert {line.name for line in (await server.audit())[len(before) :]} <= AUDITED
    assert await found.bank.good(found.access)
    again = await found.bank.client.post("/api/refresh", json={"refresh_token": found.refresh})
    assert again.status_code == 200


def test_there_are_many_attacks_and_each_has_a_name_of_its_own() -> None:
    names = [attack.name for attack in (*CREDENTIALS, *FORMS, *TOKENS)]
    assert len(names) == len(set(names)) >= 100


async def test_after_a_revocation_no_replay_brings_anything_back(server: Live) -> None:
    """Neither the refresh token, nor the access token, nor the revocation itself."""
    bank = await service(server)
    found = await signed_in(server)
    for _ in range(2):
        answer = await bank.client.post("/oauth/revoke", data={"token": found["refresh_token"]})
        assert (answer.status_code, answer.json()) == (200, {})
        assert not await bank.good(found["access_token"])
        again = await bank.client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    names = [line.name for line in await server.audit()]
    assert names.count("grant_revoked") == 1


async def test_a_disabled_person_has_no_good_token_and_an_enabled_one_has_no_old_one(server: Live) -> None:
    """Disabling ended the session: enabling does not bring it back."""
    bank = await service(server)
    found = await signed_in(server)
    sub = jwt.decode(found["access_token"], options={"verify_signature": False})["sub"]
    await server.own.disable_user(sub, source=NOBODY)
    assert not await bank.good(found["access_token"])
    await server.own.disable_user.enable(sub, source=NOBODY)
    assert not await bank.good(found["access_token"])


async def test_no_secret_and_no_token_is_in_the_log(one_server: Live, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong with a request."""
    found = await world(one_server)
    with caplog.at_level("DEBUG"):
        for attack in (*CREDENTIALS, *FORMS, *TOKENS):
            await found.bank.client.request(url=attack.path, **attack.request(found))
    ours = [record for record in caplog.records if record.name.startswith("gatepass")]
    told = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    for secret in (found.bank.secret, found.shop.secret, found.refresh, found.access.split(".")[2], PASSWORD):
        assert secret not in told


async def test_wrong_secrets_from_one_address_are_throttled_and_a_known_service_is_not(one_server: Live) -> None:
    """429 with Retry-After; the service that was let in before goes on."""
    bank = await service(one_server)
    token = (await signed_in(one_server))["access_token"]
    assert await bank.good(token)
    answers = [await bank.ask(token, headers=basic("A" * 22, f"{number}")) for number in range(ADDRESSES.tries + 1)]
    assert [answer.status_code for answer in answers] == [401] * ADDRESSES.tries + [429]
    assert answers[-1].json()["error"] == "throttled"
    assert int(answers[-1].headers["retry-after"]) > 0
    assert await bank.good(token)
