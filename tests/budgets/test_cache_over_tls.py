"""`rediss://` and `valkeys://`: the cache is who its certificate says, or it is not used."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trustme

from gatepass.kernel.secret import Secret
from gatepass.server.budgets import Budgets, Cache
from gatepass.server.metrics import Metrics
from tests.support.people import MASTER
from tests.support.valkey import Valkey


async def pumped(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await source.read(65_536):
            sink.write(part)
            await sink.drain()
    sink.close()


@asynccontextmanager
async def tls_in_front(valkey: Valkey, context: ssl.SSLContext) -> AsyncIterator[int]:
    """A port that speaks TLS and passes on to the server."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", valkey.port)
        await asyncio.gather(pumped(reader, inner_writer), pumped(inner_reader, writer))

    server = await asyncio.start_server(pass_on, "127.0.0.1", ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.mark.parametrize(
    ("scheme", "name", "trusted", "why"),
    [
        ("rediss", "127.0.0.1", True, None),
        ("valkeys", "127.0.0.1", True, None),
        ("valkeys", "other.example.com", True, "ConnectionError"),
        ("rediss", "127.0.0.1", False, "ConnectionError"),
    ],
)
async def test_a_cache_is_used_when_its_certificate_is_good(
    valkey: Valkey, tmp_path: Path, scheme: str, name: str, trusted: bool, why: str | None
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    believed = authority if trusted else trustme.CA()
    believed.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with tls_in_front(valkey, context) as port:
        url = Secret(f"{scheme}://127.0.0.1:{port}/0?ssl_ca_certs={tmp_path / 'ca.pem'}")
        budgets = Budgets(Metrics(), cache=Cache(url, MASTER))
        assert await budgets.away() == why
        await budgets.close()
