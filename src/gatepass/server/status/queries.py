"""Every statement about status lists and the indexes in them, and how their rows read."""

from collections.abc import Sequence
from typing import Any

from gatepass.server.status.model import StatusList
from gatepass.server.store.call import Sql

_COLUMNS = "id, number, size, drawn, key_version"

# Lists

LISTS = Sql(f"SELECT {_COLUMNS} FROM status_lists ORDER BY number")
BEGIN = Sql(
    f"""INSERT INTO status_lists ({_COLUMNS}, created_at) VALUES (:id, :number, :size, 0, :key_version, :now)
    ON CONFLICT DO NOTHING
    RETURNING 1""",
    rows=1,
)

# Drawing: rows of nobody come first, then new ones

# The condition is said twice: PostgreSQL looks again at a row that somebody changed meanwhile, but not into a list.
# COALESCE keeps SQLite from going through all rows of nobody, of which there may be many, to find the few.
HOLD_FREED = Sql(
    """UPDATE status_entries SET until = :until
    WHERE COALESCE(grant_id, '') = '' AND until <= :now AND list = :list AND idx IN (
        SELECT idx FROM status_entries WHERE grant_id IS NULL AND until <= :now AND list = :list LIMIT :limit)
    RETURNING idx"""
)
FREED_IN = Sql("SELECT list FROM status_entries WHERE grant_id IS NULL AND until <= :now LIMIT 1")
DRAW = Sql(
    """UPDATE status_lists SET drawn = drawn + :count WHERE id = :list AND drawn = :drawn
    RETURNING 1""",
    rows=1,
)
HOLD_NEW = Sql(
    "INSERT INTO status_entries (list, idx, until) VALUES (:list, :idx, :until) RETURNING 1",
    rows=1,
)
TAKE = Sql(
    """UPDATE status_entries SET grant_id = :grant, until = :until
    WHERE list = :list AND idx = :idx AND grant_id IS NULL AND until = :held
    RETURNING 1""",
    rows=1,
)

# Marking: in the unit that ends grants, after them. What has ended is looked up, not told: a grant that goes on, or
# was made in between, keeps its bit.

MARK_GRANT = Sql(
    """UPDATE status_entries SET ended_at = :now
    WHERE ended_at IS NULL AND grant_id IN (SELECT id FROM grants WHERE id = :grant AND ended_at IS NOT NULL)
    RETURNING 1"""
)
MARK_SESSION = Sql(
    """UPDATE status_entries SET ended_at = :now
    WHERE ended_at IS NULL AND grant_id IN (SELECT id FROM grants WHERE session_id = :session AND ended_at IS NOT NULL)
    RETURNING 1"""
)
MARK_USER = Sql(
    """UPDATE status_entries SET ended_at = :now
    WHERE ended_at IS NULL AND grant_id IN (
        SELECT g.id FROM grants g JOIN sessions s ON s.id = g.session_id
        WHERE s.user_id = :user AND g.ended_at IS NOT NULL)
    RETURNING 1"""
)

# Purging: these grants are over without ever having ended, and go in this unit; no token was made for them lately.
LET_GO = Sql(
    """UPDATE status_entries SET until = :now
    WHERE ended_at IS NULL AND until > :now AND grant_id IN (
        SELECT g.id FROM sessions s JOIN grants g ON g.session_id = s.id WHERE s.review_at = :mark)
    RETURNING 1"""
)

# Reading: an end is never written into the past, so a count that is the same is the same set

COUNT_SET = Sql("SELECT COUNT(*) FROM status_entries WHERE list = :list AND ended_at >= :since")
SET = Sql("SELECT idx FROM status_entries WHERE list = :list AND ended_at >= :since")

# Tidying

FREE_ENDED = Sql(
    """UPDATE status_entries SET grant_id = NULL, ended_at = NULL, until = 0
    WHERE list = :list AND ended_at < :before AND idx IN (
        SELECT idx FROM status_entries WHERE list = :list AND ended_at < :before LIMIT :limit)
    RETURNING 1"""
)
FREE_OUTLIVED = Sql(
    """UPDATE status_entries SET grant_id = NULL, until = 0
    WHERE ended_at IS NULL AND until < :before AND grant_id IN (
        SELECT grant_id FROM status_entries
        WHERE grant_id IS NOT NULL AND ended_at IS NULL AND until < :before LIMIT :limit)
    RETURNING 1"""
)


def status_list(row: Sequence[Any]) -> StatusList:
    """A row of `LISTS` as a value."""
    return StatusList(**dict(zip(StatusList.__struct_fields__, row, strict=True)))
