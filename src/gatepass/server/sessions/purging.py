"""Statements that delete what is over. Each list is one unit; what it deleted is counted by its rows."""

from gatepass.kernel.ids import new_bytes
from gatepass.server.sessions import queries
from gatepass.server.status.marking import letting_go
from gatepass.server.store.call import Call


def putting_off(*, before: int, limit: int) -> Call:
    """Look again later at sessions that are alive, or ended just now.

    It and `purging_sessions` look at the same sessions, those that have waited longest; together they have
    done with them.

    Args:
        before: seconds since the epoch.
        limit: at most so many.
    """
    return queries.PUT_OFF(before=before, limit=limit)


def purging_sessions(*, now: int, before: int, limit: int) -> list[Call]:
    """Delete sessions that were over at `before`, with all that hangs on them."""
    # Of two purges at once each deletes what it has marked itself.
    mark = -1 - int.from_bytes(new_bytes(7))
    return [
        queries.MARK(mark=mark, before=before, limit=limit),
        letting_go(mark, now=now),
        queries.PURGE_FAMILIES(mark=mark),
        queries.PURGE_GRANTS(mark=mark),
        queries.PURGE_SESSIONS(mark=mark),
    ]


def purging_grants(*, before: int, limit: int) -> list[Call]:
    """Delete grants that had ended at `before`, also in a session that goes on, with their refresh families."""
    ended = {"before": before, "limit": limit}
    return [queries.PURGE_ENDED_FAMILIES(**ended), queries.PURGE_ENDED_GRANTS(**ended)]
