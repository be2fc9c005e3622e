"""The use cases of an auth server, without its web, for the length of one command."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from gatepass.cli.output import next_step
from gatepass.kernel import clock
from gatepass.kernel.errors import Misuse

if TYPE_CHECKING:
    from gatepass.server.audit.model import Source
    from gatepass.server.services import OwnUsers, Services
    from gatepass.server.settings import Settings

T = TypeVar("T")


class Opened:
    """An open database with its use cases.

    Attributes:
        settings: what was read.
        services: the use cases.
        source: who asks, in the audit.
    """

    def __init__(self, settings: "Settings", services: "Services", source: "Source", runner: asyncio.Runner) -> None:
        self.settings = settings
        self.services = services
        self.source = source
        self._runner = runner

    @property
    def own(self) -> "OwnUsers":
        """Our own table of users."""
        assert self.services.own is not None  # composed below, without a team's own users
        return self.services.own

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of one use case. Between two of them a prompt may wait for a person."""
        return self._runner.run(work)

    async def start(self) -> None:
        """Open the database; keys that do not open tell of a wrong secret before anything is written with it."""
        await self.services.store.open()
        await self.services.ring.open()

    async def end(self) -> None:
        """Let go of everything, also of what an interruption left half done."""
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self.services.close()
        await self.services.store.close()


@contextmanager
def opened(config_file: Path | None, *, make: bool = False) -> Iterator[Opened]:
    """Open the database as the settings say, and close it.

    Args:
        config_file: see `gatepass.server.settings.load`.
        make: whether a database and a secret that are missing are made; a command that only
            looks, or changes what is there, started in the wrong folder must not.

    Raises:
        Misuse: settings, database or secret are wrong, or not there.
        Unavailable: the database does not answer.
    """
    from gatepass.server.audit.model import Source
    from gatepass.server.metrics import Metrics
    from gatepass.server.secret_file import master_secret
    from gatepass.server.services import compose
    from gatepass.server.settings import load
    from gatepass.server.store import open_store

    settings = load(file=config_file).settings
    issuer, file = settings.public_url, settings.database_file
    new = file is not None and not file.exists()
    if not make:
        require_database(settings)
    require_secret(settings)
    store, master = open_store(settings.database_url), master_secret(settings)
    with _stoppable(), asyncio.Runner() as runner:
        services = compose(settings, store, master, metrics=Metrics(), issuer=issuer, users=None, clock=clock.now)
        found = Opened(settings, services, Source(None, "gatepass command"), runner)
        try:
            runner.run(found.start())
            if file is not None and new:
                next_step(f"New database: {file.absolute()}")
            yield found
        finally:
            runner.run(found.end())


def require_database(settings: "Settings") -> None:
    """Check that the SQLite file is there; whether PostgreSQL is, opening tells.

    Raises:
        Misuse: it is not.
    """
    file = settings.database_file
    if file is not None and not file.exists():
        raise Misuse(
            f"There is no database {file.absolute()}. `gatepass serve` and `gatepass users create` make it; "
            "if it is elsewhere, go there, or say where: GATEPASS_DATA, GATEPASS_DATABASE or --config."
        )


def require_secret(settings: "Settings") -> None:
    """Check that the secret which a SQLite file was made with is there; the two are made together.

    Raises:
        Misuse: it is not. A new one would not open what is in the database, and stand in
            the place where the right one has to be put back.
    """
    from gatepass.server.secret_file import FILE_NAME

    if settings.secret_key is not None or settings.database_file is None or not settings.database_file.exists():
        return
    file = settings.data / FILE_NAME
    if not file.exists():
        raise Misuse(f"The secret of the database is missing: set GATEPASS_SECRET_KEY, or put back {file.absolute()}.")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C stops at once.

    asyncio's own handler waits for the next await, which a read from a terminal or a
    slow pipe never reaches.
    """
    before = signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
