"""What the operator's switches have in common: something is so for a user, or it is not."""

from gatepass.server.store.call import Call
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store
from gatepass.server.users.service import Users


async def switched(store: Store, users: Users, subject: str, unit: list[Call]) -> bool:
    """Write a unit that is `Stale` when it is so already. Returns whether it was not.

    Raises:
        UserConflict: `user_not_found`.
        Unavailable: the database does not answer.
    """
    try:
        await store.write(*unit)
    except Stale:
        await users.required(subject)
        return False
    return True
