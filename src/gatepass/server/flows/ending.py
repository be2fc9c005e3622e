"""What every use case that ends one session writes."""

from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.sessions.model import Session
from gatepass.server.sessions.service import Sessions
from gatepass.server.store.call import Call


def ending(
    sessions: Sessions, session: Session, *, by: str, at: float, source: Source, once: bool = False
) -> list[Call]:
    """The statements that end `session` with all that hangs on it, and the audit line.

    Args:
        by: why, such as `sign_out`.
        at: seconds since the epoch.
        source: from where.
        once: the unit is `Stale` when the session has ended before.
    """
    line = event("session_ended", at=at, source=source, user=session.user_id, session=session.id, detail={"by": by})
    return [*sessions.ending(session.id, by=by, now=int(at), once=once), line]
