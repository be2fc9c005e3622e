"""Which user an operator means.

The subs of people are public, and a stranger may choose somebody's sub as a username:
then one word names two users. Commands refuse to guess; `--by` decides.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from gatepass.kernel.errors import Misuse

if TYPE_CHECKING:
    from gatepass.server.users.model import User
    from gatepass.server.users.service import Users

KINDS = ("username", "email", "sub")

user_argument: Callable[[Any], Any] = click.argument("user", metavar="USER")
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
