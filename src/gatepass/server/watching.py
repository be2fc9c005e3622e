"""The address of its own at which a process is watched: figures and health, apart from what the world may reach."""

from contextlib import AsyncExitStack

from starlette.types import ASGIApp

from gatepass.kernel.errors import Misuse
from gatepass.server.settings import Settings

CONNECTIONS = 32
"""Open at once: a few scrapes and probes."""


async def watched(settings: Settings, app: ASGIApp) -> AsyncExitStack | None:
    """Serve `app` at `metrics_listen`, in this event loop, until the stack is closed; None without that setting.

    Every worker is a process with figures of its own, and a scrape must know whose it
    reads: each takes the first port that no other one has.

    Raises:
        Misuse: the address cannot be listened on.
    """
    if settings.metrics_address is None:
        return None
    from gatepass.server.listener import Limits, running

    stack, (host, first) = AsyncExitStack(), settings.metrics_address
    last = first + settings.workers - 1
    for port in range(first, last + 1):
        listening = running(
            app,
            host=host,
            port=port,
            tls_cert=settings.tls_cert,
            tls_key=settings.tls_key,
            proxy=settings.proxy,
            limits=Limits(connections=CONNECTIONS, grace=1.0),
        )
        try:
            await stack.enter_async_context(listening)
        except Misuse:
            if port == last:
                raise
        else:
            break
    return stack
