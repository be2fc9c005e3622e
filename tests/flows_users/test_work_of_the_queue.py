"""Whatever keeps a core busy for people waits in the one queue, and is refused with it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gatepass.server.users.errors import UsersUnavailable
from tests.support.accounts import HOME, Accounts
from tests.support.people import OTHER_PASSWORD, WRONG_PASSWORD

WORK: dict[str, Callable[[Accounts, str], Awaitable[Any]]] = {
    "judging the password of a registration": lambda server, _: server.register(
        username="bert", email=None, password="short", source=HOME
    ),
    "judging a password that an operator sets": lambda server, subject: server.change_password.by_operator(
        subject, "short", source=HOME
    ),
    "verifying the current password": lambda server, subject: server.change_password(
        subject, WRONG_PASSWORD, OTHER_PASSWORD, source=HOME
    ),
    "reading a line of an import": lambda server, _: server.import_users([b"nonsense\n"], source=HOME),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
async def test_it_is_not_done_outside_of_the_queue(
    server: Accounts, work: Callable[[Accounts, str], Awaitable[Any]]
) -> None:
    """A closed queue does none of it: not even the answer that the password is wrong, weak, or the line is bad."""
    anna = await server.people.add("anna")
    await server.people.queue.close()
    with pytest.raises(UsersUnavailable, match="sign_in_busy"):
        await work(server, anna.subject)
