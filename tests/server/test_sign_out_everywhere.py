"""A sign-out reaches every service within seconds: the real auth server, and services in processes of their own."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from gatepass.gate import Gate
from gatepass.gate.status import SERVES
from gatepass.kernel.errors import GatepassError
from tests.support.gates import request
from tests.support.live import BANK, RETIREMENT, Live, bearer
from tests.support.oauth import signed_in
from tests.support.service_process import ServiceProcess, service_process

WITHIN = 6.0
"""Seconds, from the answer to the sign-out."""
STEP = 0.1
NAMES = (BANK, RETIREMENT, BANK)


@pytest.fixture
def services(server: Live) -> Iterator[list[ServiceProcess]]:
    """Three services that know nothing of each other."""
    with ExitStack() as stack:
        yield [stack.enter_context(service_process(server.url, name)) for name in NAMES]


async def sign_out(client: httpx2.AsyncClient, found: dict[str, Any]) -> None:
    """End the session of these tokens."""
    answer = await client.post("/api/logout", json={"refresh_token": found["refresh_token"]})
    assert answer.status_code == 204


async def asked(services: list[ServiceProcess], token: str, now: float) -> list[str]:
    """How a request with the token ends at each service."""
    answers = await asyncio.gather(*(asyncio.to_thread(one.ask, token, now) for one in services))
    return [answer["code"] for answer in answers]


async def test_three_services_refuse_a_token_within_six_seconds_of_its_sign_out(
    server: Live, client: httpx2.AsyncClient, services: list[ServiceProcess]
) -> None:
    """On both engines, with a request every tenth of a second, and not one question per request."""
    ada = await signed_in(server, "ada", resource=[BANK, RETIREMENT])
    token = ada["access_token"]
    other = (await signed_in(server, "grace", resource=[BANK, RETIREMENT]))["access_token"]
    began = server.clock()
    for _ in range(30):
        assert await asked(services, token, server.clock()) == ["accepted"] * 3
        server.clock.move(STEP)
    await sign_out(client, ada)
    signed_out = server.clock()
    while await asked(services, token, server.clock()) != ["token_revoked"] * 3:
        server.clock.move(STEP)
        assert server.clock() - signed_out <= WITHIN
    for one in services:
        answer = await asyncio.to_thread(one.ask, other, server.clock())
        assert answer["code"] == "accepted"
        # Four seconds lie between two polls at the least.
        assert answer["fetches"] <= 2 + (server.clock() - began) / 4


async def test_a_service_that_nobody_visited_for_long_refuses_at_the_first_visit(
    one_server: Live, client: httpx2.AsyncClient
) -> None:
    ada = await signed_in(one_server)
    token = ada["access_token"]
    with service_process(one_server.url, BANK) as bank:
        assert await asked([bank], token, one_server.clock()) == ["accepted"]
        await sign_out(client, ada)
        one_server.clock.move(SERVES)
        assert await asked([bank], token, one_server.clock()) == ["token_revoked"]


async def test_every_end_of_a_grant_reaches_a_service(server: Live, client: httpx2.AsyncClient) -> None:
    """A refresh token that somebody else used, as well as a sign-out."""
    gate = Gate(trust=server.url, audience=BANK, clock=server.clock)
    stolen, left = await signed_in(server, "ada"), await signed_in(server, "grace")
    views = [request("GET", *bearer(found["access_token"]).items()) for found in (stolen, left)]
    for view in views:
        assert await gate.admit(view)
    used = stolen["refresh_token"]
    for _ in range(2):
        answer = await client.post("/api/refresh", json={"refresh_token": used})
        used = answer.json()["refresh_token"]
    assert (await client.post("/api/refresh", json={"refresh_token": stolen["refresh_token"]})).status_code == 400
    await sign_out(client, left)
    server.clock.move(SERVES + 0.5)
    for view in views:
        with pytest.raises(GatepassError, match="token_revoked"):
            await gate.admit(view)
