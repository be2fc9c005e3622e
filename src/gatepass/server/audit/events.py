"""`event(…)`: the statement that writes one audit line; its names and its reading."""

import itertools
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import new_bytes
from gatepass.server.audit.kinds import BY_NAME
from gatepass.server.audit.model import AuditLine, Source
from gatepass.server.store.call import Call, Sql
from gatepass.server.store.port import Store

EVENTS = tuple(BY_NAME)
"""Every name an audit line can have; `kinds` says what each one means."""

_COLUMNS = "id, at, name, user_id, session_id, client_id, address, agent, request_id, detail"

INSERT = Sql(
    f"""INSERT INTO audit_events ({_COLUMNS})
    VALUES (:id, :at, :name, :user, :session, :client, :address, :agent, :request_id, :detail)
    RETURNING 1""",  # noqa: S608 - the column list is the constant above
    rows=1,
)
"""What `event` makes calls of: by this a unit tells which of its calls are audit lines."""
_FORGET = Sql("UPDATE audit_events SET address = NULL, agent = NULL WHERE user_id = :user RETURNING 1")
# One name, or every name: both engines must be told that the parameter is a text.
_NAMED = "(CAST(:name AS TEXT) IS NULL OR name = :name)"
_RECENT = Sql(f"SELECT {_COLUMNS} FROM audit_events WHERE {_NAMED} ORDER BY id DESC LIMIT :limit")  # noqa: S608
_RECENT_OF = Sql(
    f"SELECT {_COLUMNS} FROM audit_events WHERE user_id = :user AND {_NAMED} ORDER BY id DESC LIMIT :limit"  # noqa: S608
)
_SINCE = Sql(f"SELECT {_COLUMNS} FROM audit_events WHERE id >= :first AND {_NAMED} ORDER BY id")  # noqa: S608
_SINCE_OF = Sql(
    f"SELECT {_COLUMNS} FROM audit_events WHERE user_id = :user AND id >= :first AND {_NAMED} ORDER BY id"  # noqa: S608
)
_NEWEST = Sql("SELECT name, at FROM audit_events ORDER BY id DESC LIMIT :limit")
# Oldest first, along the primary key.
_PURGE = Sql(
    """DELETE FROM audit_events WHERE id IN (
        SELECT id FROM audit_events WHERE id < :first ORDER BY id LIMIT :limit
    ) RETURNING 1"""
)

# ASCII only: an unpaired surrogate, which no database stores, becomes an escape.
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode
_made = itertools.count()


def event(
    name: str,
    *,
    at: float,
    source: Source,
    user: str | None = None,
    session: str | None = None,
    client: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Call:
    """The statement that writes one audit line, for the unit that makes the change.

    Args:
        name: one of `EVENTS`.
        at: seconds since the epoch; lines of one moment keep the order they were made in.
        source: from where the change was asked for.
        user: `sub` of the person it happens to, never a name or address.
        session: database id of the session.
        client: client id.
        detail: JSON values. No secret, no token, nothing that names a person.

    Raises:
        Misuse: the name is not in `EVENTS`.
    """
    if name not in BY_NAME:
        raise Misuse(f"There is no audit event called {name!r}; they are listed in gatepass.server.audit.kinds.KINDS.")
    return INSERT(
        id=_time_ordered_id(at),
        at=int(at),
        name=name,
        user=user,
        session=session,
        client=client,
        address=source.address,
        agent=source.agent,
        request_id=source.request_id,
        detail=_encode(detail or {}),
    )


def _time_ordered_id(at: float) -> str:
    # Time, then a counter for the lines of one moment, then randomness against other processes. New rows go to the
    # end of the index, and hexadecimal sorts alike in every collation.
    return f"{_first_id(at)}{next(_made) % 2**24:06x}{new_bytes(5).hex()}"


def _first_id(at: float) -> str:
    """What sorts before every line of `at`, and behind every earlier one."""
    return f"{max(0, int(at * 1_000_000)):014x}"


def forget(user: str) -> Call:
    """The statement that drops address and agent from the lines of a deleted user.

    The lines themselves stay: they name a random `sub` that nobody can look up any more.
    """
    return _FORGET(user=user)


def purging(before: float, limit: int) -> Call:
    """The statement that deletes the oldest lines; its rows are as many as it deleted.

    Args:
        before: seconds since the epoch; lines of this moment and later stay.
        limit: at most so many, so that nobody waits long for it. Fewer rows than that: there are no more.
    """
    return _PURGE(first=_first_id(before), limit=limit)


async def recent(store: Store, *, user: str | None = None, name: str | None = None, limit: int = 50) -> list[AuditLine]:
    """The newest audit lines, newest first.

    Args:
        user: only lines about this `sub`.
        name: only lines of this event.
        limit: at most so many lines.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    named = {"name": name, "limit": limit}
    call = _RECENT(**named) if user is None else _RECENT_OF(user=user, **named)
    return [_line(row) for row in await store.read(call)]


async def since(store: Store, moment: float, *, user: str | None = None, name: str | None = None) -> list[AuditLine]:
    """The audit lines of `moment` and later, oldest first. See `recent`.

    Who follows the audit asks for some seconds that it has seen already: a line is written a
    little after the moment that it names, and clocks of several nodes differ.

    Args:
        moment: seconds since the epoch.
    """
    named = {"name": name, "first": _first_id(moment)}
    call = _SINCE(**named) if user is None else _SINCE_OF(user=user, **named)
    return [_line(row) for row in await store.read(call)]


async def newest_of(store: Store, names: Collection[str], *, among: int = 1_000) -> int | None:
    """When one of these events was last written, in seconds since the epoch.

    Args:
        among: so many of the newest lines are looked at; None is said when none of them is meant.
    """
    for name, at in await store.read(_NEWEST(limit=among)):
        if name in names:
            return int(at)
    return None


def _line(row: Sequence[Any]) -> AuditLine:
    *fields, detail = row
    names = AuditLine.__struct_fields__
    return AuditLine(**dict(zip(names, fields, strict=False)), detail=json.loads(detail))
