"""A service with a gate of ours asks a whole server of ours about a token, before a route that must be certain."""

import pytest

from gatepass.gate import Gate
from gatepass.gate.errors import StatusUnknown
from gatepass.gate.introspection import ClientSecret
from gatepass.http.view import RequestView
from gatepass.jose import TokenRefused
from tests.support.live import BANK, NOBODY, Live
from tests.support.oauth import Service, service, signed_in


def gate_of(bank: Service, secret: str | None = None) -> Gate:
    """The bank's gate."""
    server = bank.server
    client = ClientSecret(bank.id, secret or bank.secret)
    return Gate(trust=server.url, audience=BANK, client=client, clock=server.clock)


async def let_in(gate: Gate, token: str) -> str:
    """Who comes in where the route wants to be certain."""
    view = RequestView(headers=[("authorization", f"Bearer {token}")])
    return (await gate.admit(view, gate.requirement(live=True))).kind


async def test_a_gate_learns_of_a_revocation_with_the_next_request(server: Live) -> None:
    """Without waiting for any list: the clock stands still here."""
    bank = await service(server)
    gate = gate_of(bank)
    found = await signed_in(server)
    assert await let_in(gate, found["access_token"]) == "person"
    await bank.client.post("/oauth/revoke", data={"token": found["refresh_token"]})
    with pytest.raises(TokenRefused, match="token_revoked"):
        await let_in(gate, found["access_token"])


async def test_a_gate_with_a_secret_that_is_over_lets_nobody_in_and_signs_nobody_out(server: Live) -> None:
    """503, not 401: the token may be good, and only the service is set up wrong."""
    bank = await service(server)
    token = (await signed_in(server))["access_token"]
    with pytest.raises(StatusUnknown):
        await let_in(gate_of(bank, "wrong"), token)
    gate = gate_of(bank)
    await server.auth.services.confidential.remove(bank.id, now=server.now, source=NOBODY)
    with pytest.raises(StatusUnknown):
        await let_in(gate, token)
