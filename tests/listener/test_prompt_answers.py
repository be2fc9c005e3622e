"""Small answers leave at once."""

import asyncio
import gc
import socket

from gatepass.server.listener import running
from gatepass.server.listener.protocol import LimitedProtocol
from tests.support.wire import Echo, connected


def delayed(protocol: LimitedProtocol) -> bool:
    """Whether the system may hold small pieces back (Nagle's algorithm)."""
    found = protocol.transport.get_extra_info("socket")
    return not found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_the_system_holds_no_answer_back() -> None:
    """Head and body are two pieces; held back, the body would wait for the client to acknowledge the head."""
    async with running(Echo()) as address, connected(address) as wire:
        await wire.send(b"GET / HTTP/1.1\r\nHost: id.test\r\n\r\n")
        assert (await wire.answer()).status == 200
        open_ones = [
            one
            for one in gc.get_objects()
            if type(one) is LimitedProtocol
            and one.transport is not None
            and one.loop is asyncio.get_running_loop()
            and not one.transport.is_closing()
        ]
        assert [delayed(one) for one in open_ones] == [False]
