"""Which user an operator means.

The subs of people are public, and a stranger may choose somebody's sub as a username:
then one word names two users. Commands refuse to guess; `--by` decides.
"""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from gatepass.kernel.errors import Misuse

if TYPE_CHECKING:
    from gatepass.server.users.model import User
    from gatepass.server.users.service import Users

KINDS = ("username", "email", "sub")

_SHIELD = "\0"  # no word of a command line can hold one
_ID_WITH_A_DASH = re.compile(r"-[A-Za-z0-9_-]{21}")


def shielded(words: Sequence[str]) -> list[str]:
    """A command line in which ids are no options: they are base64url, so one in 64 begins with a dash."""
    return [f"{_SHIELD}{word}" if _ID_WITH_A_DASH.fullmatch(word) else word for word in words]


def unshielded(_ctx: click.Context, _param: click.Parameter, word: str | None) -> str | None:
    """The id as it was written; a callback for parameters that may be one."""
    return None if word is None else word.removeprefix(_SHIELD)


user_argument: Callable[[Any], Any] = click.argument("user", metavar="USER", callback=unshielded)
by_option: Callable[[Any], Any] = click.option(
    "--by", type=click.Choice(KINDS), help="What USER is, where one word names two users. Programs say sub."
)


async def find_user(users: "Users", named: str, by: str | None = None) -> "User":
    """The one user with this username, e-mail address or sub.

    With an `@` it is an address: neither usernames nor subs have one. Without, it is
    looked up as a sub and as a username.

    Args:
        by: one of `KINDS`; None: any.

    Raises:
        UserConflict: `user_not_found`.
        Misuse: it is the sub of one user and the username of another.
    """
    from gatepass.server.users.errors import UserConflict
    from gatepass.server.users.identifiers import typed

    found: dict[str, User] = {}
    if by in (None, "sub") and (user := await users.find(named)):
        found[user.subject] = user
    identifier = typed(named)
    if identifier and by in (None, identifier.kind) and (user := await users.named(identifier)):
        found[user.subject] = user
    if len(found) > 1:
        raise Misuse(
            "This is the sub of one user and the username of another: say which with --by sub or --by username."
        )
    if not found:
        raise UserConflict("user_not_found")
    return next(iter(found.values()))


def called(user: "User") -> str:
    """A user as an operator recognises him: what people call him, and the sub."""
    return f"{user.username or user.email or 'the user'} (sub {user.subject})"
