"""Audiences as the operator declares them."""

from typing import Any

import pytest

from gatepass.server.clients.errors import AudienceConflict, BadAudience, GrantRefused
from gatepass.server.clients.model import Audience
from gatepass.server.clients.service import Clients
from gatepass.server.store import Store
from tests.support.token_server import BANK, ISSUER, LAPTOP, SHOP, START, TokenServer


async def add(clients: Clients, url: str, **more: Any) -> Audience:
    return await clients.add(url, **{"name": "A name", "now": START, "source": LAPTOP, **more})


async def test_an_added_audience_can_be_asked_for_until_it_is_removed(store: Store) -> None:
    """Each change with its audit line."""
    server = TokenServer(store, audiences=())
    with pytest.raises(GrantRefused, match="invalid_target"):
        await server.clients.target([BANK])
    added = await add(server.clients, BANK + "/", trust_group="money", scopes="pay read")
    assert added == Audience(url=BANK, name="A name", trust_group="money", scopes=("pay", "read"), added_at=START)
    assert await server.clients.audiences() == [added]
    target = await server.clients.target([BANK])
    assert (target.audiences, target.trust_group, target.offered) == ((BANK,), "money", ("pay", "read"))
    await server.clients.remove(BANK, now=START, source=LAPTOP)
    with pytest.raises(GrantRefused, match="invalid_target"):
        await server.clients.target([BANK])
    assert await server.events() == ["audience_added", "audience_removed"]


async def test_an_audience_is_added_once_and_removed_once(store: Store) -> None:
    """The second try is a conflict and leaves no audit line."""
    server = TokenServer(store, audiences=())
    await add(server.clients, BANK)
    with pytest.raises(AudienceConflict, match="audience_exists"):
        await add(server.clients, BANK, name="Another")
    await server.clients.remove(BANK, now=START, source=LAPTOP)
    with pytest.raises(AudienceConflict, match="audience_unknown"):
        await server.clients.remove(BANK, now=START, source=LAPTOP)
    assert await server.events() == ["audience_added", "audience_removed"]


async def test_configured_audiences_are_there_and_cannot_be_declared_again(store: Store) -> None:
    """They come from the settings, are listed with the stored ones, and are not the CLI's to remove."""
    configured = Audience(url=SHOP, name="Shop")
    clients = Clients(store, issuer=ISSUER, configured=[configured])
    stored = await add(clients, BANK)
    assert await clients.audiences() == [stored, configured]
    with pytest.raises(AudienceConflict, match="audience_exists"):
        await add(clients, SHOP)
    with pytest.raises(AudienceConflict, match="audience_unknown"):
        await clients.remove(SHOP, now=START, source=LAPTOP)


async def test_the_settings_win_over_what_was_declared_before(store: Store) -> None:
    """Whoever takes an audience out of its group in the settings does not find it there all the same."""
    await add(Clients(store, issuer=ISSUER), SHOP, trust_group="money")
    configured = Audience(url=SHOP, name="Shop")
    clients = Clients(store, issuer=ISSUER, configured=[configured])
    assert await clients.audiences() == [configured]
    assert (await clients.target([SHOP])).trust_group is None


async def test_the_auth_server_is_no_declared_audience(store: Store) -> None:
    """Declared in a trust group, its own API would accept tokens that others can replay."""
    with pytest.raises(AudienceConflict, match="audience_exists"):
        await add(Clients(store, issuer=ISSUER), ISSUER, trust_group="money")


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "bank"},
        {"url": "http://bank.example.com"},
        {"url": "https://bank.example.com/?x"},
        {"url": "https://user@bank.example.com"},
        {"url": "https://bank.example.com/" + "a" * 300},
        {"url": "\0"},
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x" * 256},
        {"trust_group": ""},
        {"trust_group": "Money"},
        {"trust_group": "a b"},
        {"scopes": "a  b"},
        {"scopes": "é"},
    ],
)
async def test_a_malformed_audience_is_refused(store: Store, fields: dict[str, Any]) -> None:
    """With one sentence that says how they look."""
    with pytest.raises(BadAudience, match="invalid_audience"):
        await add(Clients(store, issuer=ISSUER), **{"url": BANK, **fields})
