"""The statements that set the bits of grants, for the unit that ends them: there is no end without its bit."""

from gatepass.server.status import queries
from gatepass.server.store.call import Call


def marking_grant(grant_id: str, *, now: int) -> Call:
    """Set the bit of one grant, if the statements before this one have ended it."""
    return queries.MARK_GRANT(grant=grant_id, now=now)


def marking_session(session_id: str, *, now: int) -> Call:
    """Set the bits of the grants in a session that the statements before this one have ended."""
    return queries.MARK_SESSION(session=session_id, now=now)


def marking_user(user_id: str, *, now: int) -> Call:
    """Set the bits of a person's grants that the statements before this one have ended."""
    return queries.MARK_USER(user=user_id, now=now)


def letting_go(mark: int, *, now: int) -> Call:
    """Hold the indexes of grants that purge has marked no longer than their last tokens: before they are deleted."""
    return queries.LET_GO(mark=mark, now=now)
