"""How many wrong client secrets an address may show, and who is not held up by them."""

import pytest

from gatepass.kernel.errors import Unavailable
from gatepass.server.audit.model import Source
from gatepass.server.budgets import Budgets
from gatepass.server.clients.confidential import ConfidentialClients
from gatepass.server.master import MasterSecret
from gatepass.server.metrics import Metrics
from gatepass.server.oauth.client_authentication import ClientAuthentication
from gatepass.server.oauth.credentials import Presented
from gatepass.server.oauth.errors import OAuthRefused
from gatepass.server.oauth.throttle import ADDRESSES, NETWORKS, ClientThrottle
from gatepass.server.store import Store
from gatepass.server.store.call import Call, Sql
from gatepass.server.store.errors import StoreUnavailable
from gatepass.server.store.port import Row
from tests.support.token_server import BANK, LAPTOP, MASTER, PHONE, START, MovedClock, TokenServer


def throttle(clock: MovedClock | None = None) -> ClientThrottle:
    return ClientThrottle(MasterSecret(MASTER), Budgets(Metrics(), clock=clock or MovedClock()))


async def fails(found: ClientThrottle, client_id: str = "a", source: Source = LAPTOP) -> str:
    """A wrong secret; the code it is answered with."""
    with pytest.raises(OAuthRefused) as refused:
        async with found.attempt(client_id, source):
            raise OAuthRefused("invalid_client")
    return refused.value.code


async def succeeds(found: ClientThrottle, client_id: str = "a", source: Source = LAPTOP) -> None:
    async with found.attempt(client_id, source):
        pass


async def test_wrong_secrets_of_an_address_are_counted_whatever_ids_they_name() -> None:
    found = throttle()
    codes = [await fails(found, f"client {number}") for number in range(ADDRESSES.tries + 1)]
    assert codes == ["invalid_client"] * ADDRESSES.tries + ["throttled"]
    assert await fails(found, source=PHONE) == "invalid_client"


async def test_a_throttled_address_is_told_how_long_and_may_try_again_then() -> None:
    clock = MovedClock()
    found = throttle(clock)
    for _ in range(ADDRESSES.tries):
        await fails(found)
    clock.move(ADDRESSES.period - 10)
    with pytest.raises(OAuthRefused, match="throttled") as refused:
        await succeeds(found)
    assert refused.value.retry_after == 10
    clock.move(10)
    await succeeds(found)


async def test_good_secrets_cost_nothing_however_many_at_once() -> None:
    """A service asks a thousand times a second."""
    found = throttle()
    for _ in range(3 * ADDRESSES.tries):
        await succeeds(found)
    assert await fails(found, "b") == "invalid_client"


async def test_a_service_that_was_let_in_is_not_held_up_by_others_behind_its_address() -> None:
    found = throttle()
    await succeeds(found, "good")
    for _ in range(ADDRESSES.tries):
        await fails(found, "bad")
    assert await fails(found, "bad") == "throttled"
    await succeeds(found, "good")
    assert await fails(found, "good", PHONE) == "invalid_client"


async def test_what_the_server_could_not_serve_does_not_count() -> None:
    found = throttle()
    for _ in range(2 * ADDRESSES.tries):
        with pytest.raises(Unavailable):
            async with found.attempt("a", LAPTOP):
                raise StoreUnavailable("store_busy")
    assert await fails(found) == "invalid_client"


async def test_a_network_that_changes_its_address_each_time_is_counted_as_one() -> None:
    """Somebody with an IPv6 /48 has 65,536 prefixes of /64."""
    found = throttle()
    sources = [Source(f"2001:db8:1:{number:x}::1", None) for number in range(NETWORKS.tries + 1)]
    codes = [await fails(found, source=source) for source in sources]
    assert codes == ["invalid_client"] * NETWORKS.tries + ["throttled"]


class Reads:
    """A store that writes down which statements are read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read_sql: list[Sql] = []

    async def read(self, call: Call) -> list[Row]:
        self.read_sql.append(call.sql)
        return await self._store.read(call)


async def test_a_client_that_there_is_not_costs_what_a_wrong_secret_costs(store: Store) -> None:
    """The same look-up, so that the time does not tell which ids there are; and a throttled one costs none."""
    server = TokenServer(store)
    client, _ = await ConfidentialClients(store, server.clients).add("Bank", audience=BANK, now=START, source=LAPTOP)
    reads = Reads(store)
    watched = ConfidentialClients(reads, server.clients)  # type: ignore[arg-type]
    authenticate = ClientAuthentication(watched, throttle(), server.clock)
    seen = []
    for client_id in (client.id, "A" * 22):
        reads.read_sql = []
        with pytest.raises(OAuthRefused, match="invalid_client"):
            await authenticate(Presented(client_id, "wrong"), LAPTOP)
        seen.append(reads.read_sql)
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1
    for _ in range(ADDRESSES.tries):
        with pytest.raises(OAuthRefused):
            await authenticate(Presented(client.id, "wrong"), LAPTOP)
    reads.read_sql = []
    with pytest.raises(OAuthRefused, match="throttled"):
        await authenticate(Presented(client.id, "wrong"), LAPTOP)
    assert reads.read_sql == []
