"""Access tokens: their claims, and who can verify them."""

import pytest

from gatepass.jose import Key, KeySet, TokenRefused, Verifier, unverified_claims, unverified_header
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.server.clients.model import Target
from gatepass.server.issuing.access import AccessTokens
from gatepass.server.issuing.answer import TokenAnswer
from gatepass.server.sessions.starting import StartedGrant
from gatepass.server.store import Store
from gatepass.server.users.model import User
from gatepass.tokens.access import AccessClaims
from tests.support.token_server import BANK, ISSUER, RETIREMENT, SHOP, START, TokenServer

SHARED = Secret(b"the secret that bank and retirement share")
ONE = Target(audiences=(BANK,), trust_group="money")
GROUP = Target(audiences=(BANK, RETIREMENT), trust_group="money")


async def signed(
    server: TokenServer, user: User, started: StartedGrant, *, scope: str = "", target: Target = ONE
) -> str:
    await server.ring.open()
    token, expires_in = await server.access.issue(user, started.live, scope=scope, target=target, now=server.now)
    assert expires_in == 300
    return token


async def test_a_token_says_who_for_whom_by_whom_and_how_they_signed_in(store: Store) -> None:
    """All claims that there are, and nothing else."""
    server = TokenServer(store)
    user = server.person(username="ann", email="ann@example.com", email_verified=True)
    started = await server.api(user)
    token = await signed(server, user, started, scope="pension:read")
    claims = unverified_claims(token)
    assert claims.pop("jti")
    grant = started.grant
    assert claims == {
        "iss": ISSUER,
        "sub": user.subject,
        "status": {"status_list": {"idx": grant.status_idx, "uri": f"{ISSUER}/status/{grant.status_list}"}},
        "aud": BANK,
        "exp": START + 300,
        "iat": START,
        "client_id": "gatepass-first-party",
        "scope": "pension:read",
        "sid": started.grant.sid,
        "auth_time": START,
        "amr": ["pwd"],
    }
    header = unverified_header(token)
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")


async def test_a_name_is_told_only_with_profile_and_an_address_only_with_email(store: Store) -> None:
    """Who is only shown an order need not learn the address of the person."""
    server = TokenServer(store)
    user = server.person(username="ann", email="ann@example.com", email_verified=True, name="Ann")
    started = await server.api(user)
    personal = {"preferred_username", "name", "email", "email_verified"}
    told = {
        scope: {
            name: value
            for name, value in unverified_claims(await signed(server, user, started, scope=scope)).items()
            if name in personal
        }
        for scope in ("", "pension:read", "profile", "email", "email profile")
    }
    address = {"email": "ann@example.com", "email_verified": True}
    assert told == {
        "": {},
        "pension:read": {},
        "profile": {"preferred_username": "ann", "name": "Ann"},
        "email": address,
        "email profile": {"preferred_username": "ann", "name": "Ann", **address},
    }


async def test_without_an_address_nothing_is_said_about_its_verification(store: Store) -> None:
    """A person with a username only."""
    server = TokenServer(store)
    user = server.person(username="ann")
    claims = unverified_claims(await signed(server, user, await server.api(user), scope="email"))
    assert "email" not in claims
    assert "email_verified" not in claims


async def test_an_unverified_address_is_told_as_such(store: Store) -> None:
    """Nobody takes it for proved."""
    server = TokenServer(store)
    user = server.person(email="ann@example.com")
    claims = unverified_claims(await signed(server, user, await server.api(user), scope="email"))
    assert claims["email_verified"] is False


async def test_each_token_has_an_id_of_its_own(store: Store) -> None:
    """Two tokens of one second differ."""
    server = TokenServer(store)
    user = server.person()
    started = await server.api(user)
    ids = {unverified_claims(await signed(server, user, started))["jti"] for _ in range(5)}
    assert len(ids) == 5


async def test_a_token_for_a_trust_group_is_accepted_by_its_members_only(store: Store) -> None:
    """The seed idea: the same token at the bank and at the retirement site."""
    server = TokenServer(store)
    user = server.person()
    token = await signed(server, user, await server.api(user), target=GROUP)
    assert unverified_claims(token)["aud"] == [BANK, RETIREMENT]
    for audience in (BANK, RETIREMENT):
        assert (await server.claims(token, audience)).sub == user.subject
    for audience in (SHOP, ISSUER):
        with pytest.raises(TokenRefused, match="wrong_audience"):
            await server.claims(token, audience)


async def test_with_a_shared_secret_the_members_verify_without_any_key_set(store: Store) -> None:
    """HS256 mode: same claims, `kid` is the group, and the public set does not verify it."""
    server = TokenServer(store, shared_secrets={"money": SHARED})
    user = server.person()
    token = await signed(server, user, await server.api(user), target=GROUP)
    assert unverified_header(token) == {"typ": "at+jwt", "alg": "HS256", "kid": "money"}
    keys = KeySet([Key.from_secret(SHARED, alg="HS256")])
    verifier = Verifier(keys, issuer=ISSUER, audience=BANK, typ="at+jwt", claims=AccessClaims)
    assert verifier.verify(token, now=START).sub == user.subject
    with pytest.raises(TokenRefused, match="unknown_key"):
        await server.claims(token)


@pytest.mark.parametrize("target", [Target(audiences=(ISSUER,)), Target(audiences=(SHOP,))])
async def test_a_shared_secret_signs_for_its_own_group_only(store: Store, target: Target) -> None:
    """Never for our own API; nor for audiences outside the group."""
    server = TokenServer(store, shared_secrets={"money": SHARED})
    user = server.person()
    token = await signed(server, user, await server.api(user), target=target)
    assert unverified_header(token)["alg"] == "ES256"


@pytest.mark.parametrize(
    "shared", [{"money": Secret(b"x" * 31)}, {"": Secret(b"x" * 32)}], ids=["short", "without a group"]
)
async def test_a_weak_shared_secret_is_told_at_construction(store: Store, shared: dict[str, Secret]) -> None:
    """At least 32 bytes, and for a named group."""
    server = TokenServer(store)
    with pytest.raises(Misuse):
        AccessTokens(server.ring, issuer=ISSUER, shared_secrets=shared)


async def test_a_token_that_is_never_good_cannot_be_configured(store: Store) -> None:
    """The lifetime is at least a second."""
    with pytest.raises(Misuse):
        AccessTokens(TokenServer(store).ring, issuer=ISSUER, lifetime=0)


def test_an_answer_does_not_show_its_tokens() -> None:
    """A log line with an answer in it opens nothing."""
    answer = TokenAnswer(access_token="aaa.bbb.ccc", expires_in=300, refresh_token="rrr.1.mmm", scope="profile")
    assert "bbb" not in repr(answer)
    assert "mmm" not in f"{answer}"
    assert answer.token_type == "Bearer"
