"""Durable refreshes per second: each client asks for the next token as soon as it has one."""

import asyncio
import statistics
import time
from contextlib import AsyncExitStack

from bench.state.engines import ISSUER, MASTER, SOURCE, Engines, refreshing
from bench.state.figures import CLIENTS, Load, Rate
from gatepass.server.clients.model import FIRST_PARTY
from gatepass.server.flows.refresh import Refresh
from gatepass.server.status.drawing import Drawing


async def rates(engines: Engines, rounds: int, seconds: float) -> dict[Load, list[Rate]]:
    """All engines and numbers of clients, in turns."""
    loads = [Load(engine, clients) for clients in CLIENTS for engine in engines.names]
    found: dict[Load, list[Rate]] = {Load(engine, clients): [] for engine in engines.names for clients in CLIENTS}
    async with AsyncExitStack() as stack:
        flows = {}
        for engine in engines.names:
            flows[engine] = await refreshing(await stack.enter_async_context(engines.store(engine, "rates")))
            await _round(flows[engine], 4, 0.2)
        for number in range(rounds):
            for load in loads if number % 2 else reversed(loads):
                found[load].append(await _round(flows[load.engine], load.clients, seconds))
    return found


async def _round(refresh: Refresh, clients: int, seconds: float) -> Rate:
    took: list[float] = []
    drawing = Drawing(refresh.store, MASTER)
    tokens = [await _sign_in(refresh, drawing) for _ in range(clients)]
    begun = time.perf_counter()
    await asyncio.gather(*(_client(refresh, token, begun + seconds, took) for token in tokens))
    return Rate(len(took) / (time.perf_counter() - begun), statistics.quantiles(took, n=100)[98] * 1000)


async def _client(refresh: Refresh, token: str, until: float, took: list[float]) -> None:
    while (begun := time.perf_counter()) < until:
        token = (await refresh(token, source=SOURCE)).refresh_token
        took.append(time.perf_counter() - begun)


async def _sign_in(refresh: Refresh, drawing: Drawing) -> str:
    """The first token of a new family."""
    now = int(time.time())
    started = refresh.sessions.starting_grant(
        "u",
        client_id=FIRST_PARTY,
        scope="read",
        audiences=[ISSUER],
        status=await drawing.draw(now=now),
        now=now,
        source=SOURCE,
    )
    await refresh.store.write(*started.calls)
    return started.refresh_token
