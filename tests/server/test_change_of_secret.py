"""The operator's secret is changed under running servers, and nobody has to sign in again."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.server.app import AuthServer
from gatepass.server.clients.errors import GrantRefused
from gatepass.server.settings import Settings
from gatepass.server.users.errors import UserConflict
from tests.support.live import NOBODY, PASSWORD
from tests.support.token_server import MovedClock

OLD, NEW = (Secret(letter * 32) for letter in "on")
NOBODYS_MAIL: dict[str, Any] = {"email": None, "password": PASSWORD, "source": NOBODY}


class Start(Protocol):
    """Starts a node with a secret, and those beside it."""

    async def __call__(self, secret: Secret, others: Sequence[Secret] = ()) -> AuthServer: ...


@pytest.fixture
async def start(database_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Start]:
    """Nodes on one database and one clock."""
    clock = MovedClock()
    async with AsyncExitStack() as stack:

        async def start(secret: Secret, others: Sequence[Secret] = ()) -> AuthServer:
            settings = Settings(
                issuer="http://id.localhost:8000",
                database=database_url,
                data=tmp_path,
                secret_key=secret,
                previous_secret_keys=tuple(others),
            )
            return await stack.enter_async_context(AuthServer(settings, clock=clock))

        yield start


async def register(node: AuthServer, name: str) -> str:
    """A user; the `sub`."""
    own = node.services.own
    assert own is not None
    return (await own.register.by_operator(username=name, **NOBODYS_MAIL)).subject


async def refresh_token(node: AuthServer, name: str) -> str:
    return (await node.services.sign_in.api(name, PASSWORD, NOBODY)).tokens.refresh_token


async def refreshed(node: AuthServer, token: str) -> str:
    return (await node.services.refresh(token, source=NOBODY)).refresh_token


async def test_nodes_change_one_after_another(start: Start) -> None:
    """First each lists the new secret, then each takes it: at every moment one refreshes what the other made."""
    plain = await start(OLD)
    await register(plain, "ada")
    token = await refresh_token(plain, "ada")
    ready, changed = await start(OLD, [NEW]), await start(NEW, [OLD])
    fresh = await refresh_token(changed, "ada")
    for node in (ready, changed, ready):
        token, fresh = await refreshed(node, token), await refreshed(node, fresh)
    with pytest.raises(GrantRefused):
        await refreshed(plain, fresh)
    assert await changed.services.keeper.rewrap(source=NOBODY) == 2
    for node in (ready, changed):
        token, fresh = await refreshed(node, token), await refreshed(node, fresh)


async def test_the_old_secret_is_struck_off_when_its_refresh_tokens_have_run_out(start: Start) -> None:
    """Struck off before that, they are refused; what was made since goes on."""
    before = await start(OLD)
    await register(before, "ada")
    old = await refresh_token(before, "ada")
    changed = await start(NEW, [OLD])
    new = await refresh_token(changed, "ada")
    with pytest.raises(Misuse, match="GATEPASS_PREVIOUS_SECRET_KEYS"):
        await start(NEW)
    await changed.services.keeper.rewrap(source=NOBODY)
    alone = await start(NEW)
    assert await refreshed(alone, new)
    with pytest.raises(GrantRefused):
        await refreshed(alone, old)


async def test_names_of_deleted_users_stay_reserved_while_the_old_secret_is_listed(start: Start) -> None:
    """Only their keyed hash is left, so nobody can write it down again under the new secret."""
    before = await start(OLD)
    own = before.services.own
    assert own is not None
    await own.delete_user.by_operator(await register(before, "gone"), source=NOBODY)
    with pytest.raises(UserConflict):
        await register(await start(NEW, [OLD]), "gone")
