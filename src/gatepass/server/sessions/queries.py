"""Every statement about sessions, grants and refresh families, and how their rows read."""

from collections.abc import Sequence
from typing import Any

from gatepass.server.sessions.model import Chain, Family, Grant, LiveGrant, Session
from gatepass.server.store.call import Sql

_SESSION = """s.id, s.user_id, CASE WHEN s.secret_hash IS NULL THEN 0 ELSE 1 END, s.auth_time, s.amr, s.acr, s.address,
    s.agent, s.created_at, s.last_seen_at, s.idle_until, s.absolute_until, s.ended_at, s.ended_by"""
_GRANT = """g.id, g.session_id, g.user_id, g.client_id, g.sid, g.scope, g.audience, g.created_at, g.ended_at,
    g.ended_by, g.status_list, g.status_idx"""
_FAMILY = """f.id, f.grant_id, f.client_id, f.generation, f.key_version, f.salt, f.rotated_at, f.idle_until,
    f.absolute_until, f.ended_at"""
_ALIVE = "s.ended_at IS NULL AND s.idle_until > :now AND s.absolute_until > :now"

# Reads

SESSION = Sql(f"SELECT {_SESSION} FROM sessions s WHERE s.id = :id")
SESSION_BY_SECRET = Sql(f"SELECT {_SESSION} FROM sessions s WHERE s.secret_hash = :secret_hash")
SESSIONS_OF = Sql(
    f"""SELECT {_SESSION} FROM sessions s WHERE s.user_id = :user AND {_ALIVE}
    ORDER BY CASE WHEN s.id = :current THEN 0 ELSE 1 END, s.last_seen_at DESC, s.id LIMIT :limit"""
)
SESSIONS_OF_ALL = Sql(
    f"SELECT {_SESSION} FROM sessions s WHERE {_ALIVE} ORDER BY s.last_seen_at DESC, s.id LIMIT :limit"
)
# The least recently used ones first, past those that are kept.
SURPLUS = Sql(
    f"""SELECT {_SESSION} FROM sessions s WHERE s.user_id = :user AND s.id <> :leaving AND {_ALIVE}
    ORDER BY s.last_seen_at DESC, s.id LIMIT :limit OFFSET :kept"""
)
GRANT_BY_SID = Sql(
    f"SELECT {_SESSION}, {_GRANT} FROM grants g JOIN sessions s ON s.id = g.session_id WHERE g.sid = :sid"
)
CHAIN = Sql(
    f"""SELECT {_SESSION}, {_GRANT}, {_FAMILY} FROM refresh_families f
    JOIN grants g ON g.id = f.grant_id JOIN sessions s ON s.id = g.session_id WHERE f.id = :family"""
)
PEOPLE_SIGNED_IN = Sql("SELECT DISTINCT user_id FROM sessions WHERE ended_at IS NULL ORDER BY user_id")
NEWEST_ROTATION = Sql("SELECT MAX(rotated_at) FROM refresh_families")

# Changes: always in the order session, grant, family

START_SESSION = Sql(
    """INSERT INTO sessions (id, user_id, secret_hash, auth_time, amr, acr, address, agent, created_at, last_seen_at,
        idle_until, absolute_until, review_at)
    VALUES (:id, :user, :secret_hash, :now, :amr, :acr, :address, :agent, :now, :now, :idle_until, :absolute_until,
        :idle_until)
    RETURNING 1""",
    rows=1,
)
# In the unit that starts a session, after it: two that start at once see each other here.
WITHIN_LIMIT = Sql(
    f"""SELECT 1 FROM (SELECT COUNT(*) AS living FROM sessions s WHERE s.user_id = :user AND {_ALIVE}) counted
    WHERE counted.living <= :most""",
    rows=1,
)
START_GRANT = Sql(
    """INSERT INTO grants (id, session_id, user_id, client_id, sid, scope, audience, created_at, status_list,
        status_idx)
    VALUES (:id, :session, :user, :client, :sid, :scope, :audience, :now, :status_list, :status_idx)
    RETURNING 1""",
    rows=1,
)
START_FAMILY = Sql(
    """INSERT INTO refresh_families (id, grant_id, client_id, generation, key_version, salt, rotated_at, idle_until,
        absolute_until)
    VALUES (:id, :grant, :client, 0, :key_version, :salt, :now, :idle_until, :absolute_until)
    RETURNING 1""",
    rows=1,
)
# Two requests may find the last use due at once; the second then changes nothing.
USE_SESSION = Sql(
    """UPDATE sessions SET last_seen_at = :now, idle_until = :idle_until, address = :address, agent = :agent
    WHERE id = :id AND ended_at IS NULL AND last_seen_at = :seen_before
    RETURNING 1"""
)
# The compare-and-swap. An end of the session or the grant is written to the family in the same unit, so looking at
# this one row is enough.
ROTATE = Sql(
    """UPDATE refresh_families SET generation = :successor, rotated_at = :now, idle_until = :idle_until
    WHERE id = :id AND generation = :generation AND ended_at IS NULL AND idle_until > :now AND absolute_until > :now
    RETURNING 1""",
    rows=1,
)

END_SESSION = Sql(
    """UPDATE sessions SET ended_at = :now, ended_by = :by, review_at = :now
    WHERE id = :id AND ended_at IS NULL
    RETURNING 1"""
)
END_SESSION_ONCE = Sql(END_SESSION.text, rows=1)
END_GRANTS_IN = Sql(
    "UPDATE grants SET ended_at = :now, ended_by = :by WHERE session_id = :session AND ended_at IS NULL RETURNING 1"
)
END_FAMILIES_IN = Sql(
    """UPDATE refresh_families SET ended_at = :now
    WHERE ended_at IS NULL AND grant_id IN (SELECT id FROM grants WHERE session_id = :session)
    RETURNING 1"""
)

# Only what hangs on an ended session: one that was started in between goes on whole.
END_SESSIONS_OF = Sql(
    """UPDATE sessions SET ended_at = :now, ended_by = :by, review_at = :now
    WHERE user_id = :user AND id <> :kept AND ended_at IS NULL
    RETURNING 1"""
)
END_GRANTS_OF = Sql(
    """UPDATE grants SET ended_at = :now, ended_by = :by
    WHERE ended_at IS NULL AND session_id IN (
        SELECT id FROM sessions WHERE user_id = :user AND id <> :kept AND ended_at IS NOT NULL)
    RETURNING 1"""
)
END_FAMILIES_OF = Sql(
    """UPDATE refresh_families SET ended_at = :now
    WHERE ended_at IS NULL AND grant_id IN (
        SELECT g.id FROM grants g JOIN sessions s ON s.id = g.session_id
        WHERE s.user_id = :user AND s.id <> :kept AND s.ended_at IS NOT NULL)
    RETURNING 1"""
)

END_GRANT_ONCE = Sql(
    "UPDATE grants SET ended_at = :now, ended_by = :by WHERE id = :id AND ended_at IS NULL RETURNING 1", rows=1
)
END_FAMILY_OF = Sql(
    "UPDATE refresh_families SET ended_at = :now WHERE grant_id = :grant AND ended_at IS NULL RETURNING 1"
)

FORGET = Sql("UPDATE sessions SET address = NULL, agent = NULL WHERE user_id = :user RETURNING 1")

# Purging. `:before` lies far enough back that nobody needs what ended then.

_REVIEWED = "SELECT id FROM sessions WHERE review_at <= :before ORDER BY review_at LIMIT :limit"
# Alive, or ended a moment ago: to be looked at when it may be over.
PUT_OFF = Sql(
    f"""UPDATE sessions SET review_at = COALESCE(ended_at, idle_until)
    WHERE review_at <= :before AND COALESCE(ended_at, idle_until) > :before AND id IN ({_REVIEWED})
    RETURNING 1"""
)
# The session row is taken first, as by everybody; whatever marks it with the number is deleted in the same unit.
MARK = Sql(
    f"""UPDATE sessions SET review_at = :mark
    WHERE review_at <= :before AND COALESCE(ended_at, idle_until) <= :before AND id IN ({_REVIEWED})
    RETURNING 1"""
)
PURGE_FAMILIES = Sql(
    """DELETE FROM refresh_families WHERE grant_id IN (
        SELECT g.id FROM sessions s JOIN grants g ON g.session_id = s.id WHERE s.review_at = :mark)
    RETURNING 1"""
)
PURGE_GRANTS = Sql(
    "DELETE FROM grants WHERE session_id IN (SELECT id FROM sessions WHERE review_at = :mark) RETURNING 1"
)
PURGE_SESSIONS = Sql("DELETE FROM sessions WHERE review_at = :mark RETURNING 1")
# Grants that ended alone. An end is never taken back, so nobody else writes these rows.
_ENDED = "SELECT id FROM grants WHERE ended_at <= :before ORDER BY ended_at, id LIMIT :limit"
PURGE_ENDED_FAMILIES = Sql(f"DELETE FROM refresh_families WHERE grant_id IN ({_ENDED}) RETURNING 1")
PURGE_ENDED_GRANTS = Sql(
    f"""DELETE FROM grants WHERE id IN ({_ENDED})
        AND NOT EXISTS (SELECT 1 FROM refresh_families f WHERE f.grant_id = grants.id)
    RETURNING 1"""
)

_GRANT_AT = len(Session.__struct_fields__)
_FAMILY_AT = _GRANT_AT + len(Grant.__struct_fields__)


def session(row: Sequence[Any]) -> Session:
    """A row of `SESSION…` as a value."""
    fields = dict(zip(Session.__struct_fields__, row, strict=False))
    fields["browser"], fields["amr"] = bool(fields["browser"]), tuple(fields["amr"].split())
    return Session(**fields)


def live_grant(row: Sequence[Any]) -> LiveGrant:
    """A row of `GRANT_BY_SID` as a value; whether it lives is not looked at."""
    return LiveGrant(session=session(row), grant=_grant(row[_GRANT_AT:]))


def chain(row: Sequence[Any]) -> Chain:
    """A row of `CHAIN` as a value."""
    family = Family(**dict(zip(Family.__struct_fields__, row[_FAMILY_AT:], strict=True)))
    return Chain(session=session(row), grant=_grant(row[_GRANT_AT:]), family=family)


def _grant(row: Sequence[Any]) -> Grant:
    fields = dict(zip(Grant.__struct_fields__, row, strict=False))
    fields["audiences"] = tuple(fields["audiences"].split())
    return Grant(**fields)
