"""For whom a token may be, case by case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.clients.errors import GrantRefused
from gatepass.server.clients.model import Audience, Target, audience_for
from tests.support.token_server import BANK, ISSUER, RETIREMENT, SHOP

HERE = "http://id.localhost:8000"
DECLARED = {
    audience.url: audience
    for audience in (
        Audience(url=BANK, name="Bank", trust_group="money"),
        Audience(url=RETIREMENT, name="Retirement", trust_group="money", scopes=("pension:read",)),
        Audience(url=SHOP, name="Shop", scopes=("order",)),
        Audience(url="https://other.example.com", name="Other", trust_group="fun", scopes=("play", "order")),
    )
}


def refused(requested: list[str], issuer: str = ISSUER) -> str:
    with pytest.raises(GrantRefused) as caught:
        audience_for(requested, DECLARED, issuer)
    assert caught.value.status == 400
    return caught.value.code


def test_asked_for_nothing_the_token_is_for_the_auth_server() -> None:
    """Its own API is the one audience that is always there."""
    assert audience_for([], DECLARED, ISSUER) == Target(audiences=(ISSUER,))
    assert audience_for([ISSUER, ISSUER], DECLARED, ISSUER) == Target(audiences=(ISSUER,))


def test_one_declared_audience_stands_alone_with_its_group_and_scopes() -> None:
    """One audience per token is the default (RFC 9700 section 2.3)."""
    assert audience_for([BANK], DECLARED, ISSUER) == Target(audiences=(BANK,), trust_group="money")
    assert audience_for([SHOP, SHOP], DECLARED, ISSUER) == Target(audiences=(SHOP,), offered=("order",))


def test_several_audiences_of_one_trust_group_stand_together() -> None:
    """The bank and its retirement site; a member without declared scopes takes them all."""
    assert audience_for([RETIREMENT, BANK], DECLARED, ISSUER) == Target(
        audiences=(RETIREMENT, BANK), trust_group="money"
    )


@pytest.mark.parametrize(
    "requested",
    [
        ["https://unknown.example.com"],
        [BANK, "https://unknown.example.com"],
        [BANK, SHOP],
        [SHOP, "https://other.example.com"],
        [BANK, "https://other.example.com"],
        [BANK, ISSUER],
        [ISSUER, "https://unknown.example.com"],
        [BANK + "/"],
        [BANK.upper()],
        [""],
        ["\0"],
        ["\ud800"],
        [f"https://{number}.example.com" for number in range(1_000)],
        ["http://localhost:8002"],
    ],
)
def test_everything_else_is_an_invalid_target(requested: list[str]) -> None:
    """Unknown ones, mixed groups, two without a group, the auth server beside others, other spellings."""
    assert refused(requested) == "invalid_target"


def test_two_audiences_without_a_group_do_not_stand_together() -> None:
    """No group is not a common group."""
    declared = {url: Audience(url=url, name="x") for url in (BANK, SHOP)}
    with pytest.raises(GrantRefused, match="invalid_target"):
        audience_for([BANK, SHOP], declared, ISSUER)


def test_the_auth_server_stands_alone_even_when_somebody_put_it_into_a_group() -> None:
    """Its own API accepts no token that the members of a group could replay."""
    declared = {url: Audience(url=url, name="x", trust_group="money") for url in (BANK, ISSUER)}
    with pytest.raises(GrantRefused, match="invalid_target"):
        audience_for([BANK, ISSUER], declared, ISSUER)
    assert audience_for([ISSUER], declared, ISSUER) == Target(audiences=(ISSUER,))


@pytest.mark.parametrize("url", ["http://retirement.localhost:8002", "http://127.0.0.1:9000/api", "http://[::1]:1"])
def test_on_loopback_an_undeclared_loopback_audience_is_accepted_alone(url: str) -> None:
    """Development needs no declarations; two such audiences still need a common group."""
    assert audience_for([url], {}, HERE) == Target(audiences=(url,))
    assert refused([url], ISSUER) == "invalid_target"
    with pytest.raises(GrantRefused, match="invalid_target"):
        audience_for([url, "http://bank.localhost:8001"], {}, HERE)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost.evil.example:8002",
        "http://evil.example/localhost",
        "http://user@localhost:8002",
        "http://localhost:8002#x",
        "http://local host",
        "http://localhost:8002\n",
        "javascript:localhost",
        "http://localhost/" + "a" * 300,
    ],
)
def test_a_loopback_issuer_accepts_only_plain_loopback_urls(url: str) -> None:
    """What resolves elsewhere, or reads in two ways, needs a declaration."""
    assert refused([url], HERE) == "invalid_target"


@given(st.lists(st.text() | st.sampled_from([*DECLARED, ISSUER, HERE]), max_size=5), st.sampled_from([ISSUER, HERE]))
def test_any_request_gets_one_answer(requested: list[str], issuer: str) -> None:
    """Nothing but `invalid_target` escapes, and no two strangers ever share a token."""
    try:
        target = audience_for(requested, DECLARED, issuer)
    except GrantRefused:
        return
    assert set(target.audiences) == set(requested or [issuer])
    if len(target.audiences) > 1:
        assert {DECLARED[url].trust_group for url in target.audiences} == {target.trust_group}
        assert target.trust_group is not None
