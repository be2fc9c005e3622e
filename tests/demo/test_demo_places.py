"""The town over https, and with one secret that all sites hold."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time

import pytest

from gatepass import Key, Misuse, Secret
from gatepass.demo.places import Places
from gatepass.demo.sites.site import TRADES, site
from gatepass.jose import Signer
from gatepass.testing import TestIssuer
from tests.support.demo_sites import PAGE, PLACES, SCOPES, Visitor, bearer

OVER_TLS = Places(https=True)
SHARING = Places(shared_secret=True)
Walk = Callable[[str, Places, TestIssuer | None], Visitor]


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Walk]:
    """Somebody in front of a process of another town than the usual one."""
    made: list[Visitor] = []

    def visitor(name: str, places: Places, issuer: TestIssuer | None) -> Visitor:
        made.append(Visitor(name, tmp_path, issuer, places))
        return made[-1]

    yield visitor
    for one in made:
        one.doors.db.close()


async def test_over_https_cookies_are_bound_to_the_host_and_to_tls(visitor: Walk) -> None:
    issuer = TestIssuer(OVER_TLS.issuer)
    bank = visitor("bank-1", OVER_TLS, issuer)
    token = issuer.token(audience=list(OVER_TLS.money), scope=SCOPES, name="Ada")
    entered = await bank.send("/token/enter", {"token": token})
    kept = f"__Host-access_token={token}; Max-Age=300; Path=/; Secure; HttpOnly; SameSite=Lax"
    assert entered.headers["set-cookie"] == kept
    assert f'name="token" value="{token}"' in (await bank.get(**PAGE)).text
    signed_in = await bank.sign_in()
    session, cleared = signed_in.headers.get_list("set-cookie")
    assert session.startswith("__Host-bank_session=")
    assert cleared.startswith("__Host-access_token=; Max-Age=0; ")
    assert (await bank.get()).json()["recognised_by"] == "session"
    await bank.send("/leave")
    assert dict(bank.client.cookies) == {}


async def test_over_https_names_without_the_prefix_mean_nothing(visitor: Walk) -> None:
    """A page on another port of the host could have set them."""
    issuer = TestIssuer(OVER_TLS.issuer)
    bank = visitor("bank-1", OVER_TLS, issuer)
    token = issuer.token(audience=OVER_TLS.bank, scope=SCOPES)
    answer = await bank.get(cookie=f"access_token={token}")
    assert (answer.status_code, answer.json()["error"]) == (401, "credential_required")


async def test_over_https_pages_without_tls_are_strangers(visitor: Walk) -> None:
    issuer = TestIssuer(OVER_TLS.issuer)
    bank = visitor("bank-1", OVER_TLS, issuer)
    token = issuer.token(audience=OVER_TLS.bank)
    for origin, status in ((PLACES.bank, 403), (PLACES.retirement, 403), (OVER_TLS.retirement, 303)):
        assert (await bank.send("/token/enter", {"token": token}, origin=origin)).status_code == status


async def test_with_a_shared_secret_each_site_could_have_made_the_token(
    visitor: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = secrets.token_urlsafe(32)
    monkeypatch.setenv("TOWN_SECRET", held)
    bank = visitor("bank-1", SHARING, None)
    made = {secret: Signer(Key.from_secret(Secret(secret), alg="HS256"), typ="at+jwt") for secret in (held, "x" * 43)}
    now = int(time())
    claims = {"iss": SHARING.issuer, "aud": SHARING.bank, "sub": "ada-1", "client_id": "anybody", "jti": "1"}
    times = {"iat": now, "exp": now + 300}
    tokens = {secret: signer.sign({**claims, **times}) for secret, signer in made.items()}
    assert (await bank.get(**bearer(tokens[held]))).json()["subject"] == "ada-1"
    assert (await bank.get(**bearer(tokens["x" * 43]))).json()["reason"] == "bad_signature"
    foreign = made[held].sign({**claims, **times, "iss": "http://evil.localhost"})
    assert (await bank.get(**bearer(foreign))).json()["reason"] == "wrong_issuer"
    elsewhere = made[held].sign({**claims, **times, "aud": SHARING.shop})
    assert (await bank.get(**bearer(elsewhere))).json()["reason"] == "wrong_audience"
    public = TestIssuer(SHARING.issuer).token(audience=SHARING.bank)
    assert (await bank.get(**bearer(public))).status_code == 401


def test_with_a_shared_secret_no_site_starts_without_it(visitor: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOWN_SECRET", raising=False)
    with pytest.raises(Misuse, match="TOWN_SECRET is not set"):
        visitor("shop", SHARING, None)


@pytest.mark.parametrize("name", TRADES)
def test_a_site_knows_the_others_and_asks_for_tokens_of_its_own_group(name: str, tmp_path: Path) -> None:
    here = site(name, PLACES, tmp_path)
    group = PLACES.money if here.url in PLACES.money else PLACES.market
    assert sorted(here.resources) == sorted(group)
    assert here.resources[0] == here.url == getattr(PLACES, here.trade.name.replace("-", "_"))
    everywhere = {here.url, *(other.url for other in here.neighbours)}
    assert everywhere == {*PLACES.money, *PLACES.market}
    assert set(here.scope.split()) == {"profile", here.trade.scope, *(other.trade.scope for other in here.related)}
    assert here.invited - set(group) == ({PLACES.balanced} if group == PLACES.money else set())


@pytest.mark.parametrize("name", ["shop", "help-desk", "forum", "chat"])
async def test_the_market_hands_over_to_the_market_only(visitor: Walk, name: str) -> None:
    issuer = TestIssuer(PLACES.issuer)
    there = visitor(name, PLACES, issuer)
    token = issuer.token(audience=list(PLACES.market))
    for origin in PLACES.market:
        assert (await there.send("/token/enter", {"token": token}, origin=origin)).status_code == 303
    for origin in (*PLACES.money, PLACES.balanced, PLACES.hub, PLACES.issuer):
        answer = await there.send("/token/enter", {"token": token}, origin=origin)
        assert (answer.status_code, answer.json()["error"]) == (403, "cross_site_request")
