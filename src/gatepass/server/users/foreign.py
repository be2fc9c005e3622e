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

import msgspec

from gatepass.kernel.errors import Misuse
from gatepass.server.users.errors import IdentifierRefused, SignInRefused, UsersUnavailable
from gatepass.server.users.identifiers import scope_name
from gatepass.server.users.model import User, UserSource
from gatepass.server.users.recognition import Attempt, Recognised

_log = logging.getLogger("gatepass.users")

MAX_SUBJECT = 255


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
        found = await self._asked(self._source.find, subject)
        if found is not None and found.subject != subject:
            # Whoever is behind a session must not become somebody else.
            raise _refused("find returned a User with another subject than it was asked for")
        return found

    async def _asked(self, method: Callable[..., Any], *values: str) -> User | None:
        try:
            found = await _called(method, *values)
        except SignInRefused:
            raise  # our own word, used by somebody who knows what it means
        except Exception as error:  # noqa: BLE001 - somebody else's code: whatever it raises is "not now"
            # Only its type: the text, and the values in a traceback, may hold the password.
            raise _refused(f"{method.__name__} raised {type(error).__name__}") from None
        return None if found is None else _checked(found, method.__name__)


async def _called(method: Callable[..., Any], *values: str) -> object:
    if inspect.iscoroutinefunction(method):
        return await method(*values)
    found = await asyncio.to_thread(partial(method, *values))
    return await found if isinstance(found, Awaitable) else found


def _checked(found: object, name: str) -> User:
    """`found` as a user that tokens, cookies and pages can speak of.

    Whoever makes a `User` may put anything into it: its constructor checks no types.
    The subject is at most 255 ASCII characters (OpenID Connect Core section 2).
    """
    if not isinstance(found, User):
        raise _refused(f"{name} returned {type(found).__name__}; it returns a gatepass User or None")
    try:
        user = msgspec.convert(msgspec.structs.asdict(found), User)
        for text in (user.username, user.email, user.name):
            (text or "").encode()
        for scope in user.scopes:
            scope_name(scope)
    except (msgspec.ValidationError, UnicodeEncodeError, IdentifierRefused):
        raise _refused(f"{name} returned a User with a field of the wrong type, or a text that is none") from None
    if not (1 <= len(user.subject) <= MAX_SUBJECT and user.subject.isascii() and user.subject.isprintable()):
        raise _refused(f"{name} returned a User whose subject is not 1 to {MAX_SUBJECT} ASCII characters")
    return user


def _refused(why: str) -> UsersUnavailable:
    _log.error("users=: %s", why)
    return UsersUnavailable("users_unavailable", detail=why)
