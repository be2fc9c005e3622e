"""A team's own user table behind our sign-in (`AuthServer(users=…)`).

Code we do not know is called here: it may be written with `def` instead of
`async def`, it may raise anything, and what it returns may be no user at all.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from gatepass.kernel.errors import Misuse
from gatepass.server.users.errors import SignInRefused, UsersUnavailable
from gatepass.server.users.model import User, UserSource
from gatepass.server.users.recognition import Attempt, Recognised

_log = logging.getLogger("gatepass.users")


class ForeignUsers:
    """Makes any `UserSource` safe to ask. Errors of it become `UsersUnavailable`.

    A plain function runs on a thread, because it may block. How long it takes is
    the team's concern, and so is hashing at equal cost for unknown users.

    Args:
        source: has `authenticate(identifier, password)` and `find(subject)`.

    Raises:
        Misuse: it has not.
    """

    def __init__(self, source: UserSource) -> None:
        for name in ("authenticate", "find"):
            if not callable(getattr(source, name, None)):
                raise Misuse(f"users= needs a method {name}; {type(source).__name__} has none.")
        self._source = source

    async def recognise(self, attempt: Attempt) -> Recognised | None:
        """See `SignInSource.recognise`."""
        user = await self.authenticate(attempt.identifier, attempt.password)
        return None if user is None else Recognised(user)

    async def authenticate(self, identifier: str, password: str) -> User | None:
        """See `UserSource.authenticate`.

        Raises:
            UsersUnavailable: users_unavailable.
            SignInRefused: the source raised it.
        """
        return await self._asked(self._source.authenticate, identifier, password)

    async def find(self, subject: str) -> User | None:
        """See `UserSource.find`.

        Raises:
            UsersUnavailable: users_unavailable.
        """
        return await self._asked(self._source.find, subject)

    async def _asked(self, method: Callable[..., Any], *values: str) -> User | None:
        try:
            found = await _called(method, *values)
        except SignInRefused:
            raise  # our own word, used by somebody who knows what it means
        except Exception as error:  # noqa: BLE001 - somebody else's code: whatever it raises is "not now"
            raise _unavailable(error) from None
        if found is None or isinstance(found, User):
            return found
        _log.error("users=: %s returned %s; it returns a gatepass User or None", method.__name__, type(found).__name__)
        raise UsersUnavailable("users_unavailable")


async def _called(method: Callable[..., Any], *values: str) -> object:
    if inspect.iscoroutinefunction(method):
        return await method(*values)
    found = await asyncio.to_thread(partial(method, *values))
    return await found if isinstance(found, Awaitable) else found


def _unavailable(error: Exception) -> UsersUnavailable:
    # Only its type: the text, and the values in a traceback, may hold the password.
    _log.error("users=: the user source raised %s", type(error).__name__)
    return UsersUnavailable("users_unavailable", detail=type(error).__name__)
