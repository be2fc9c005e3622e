"""Every statement about audiences and clients, and how their rows read."""

from collections.abc import Sequence
from typing import Any

from gatepass.server.clients.model import Audience, Client
from gatepass.server.store.call import Sql

DECLARED = Sql("SELECT audience, name, trust_group, scopes, added_at FROM audiences ORDER BY audience")
ADD = Sql(
    """INSERT INTO audiences (audience, name, trust_group, scopes, added_at)
    VALUES (:audience, :name, :trust_group, :scopes, :added_at)
    ON CONFLICT DO NOTHING
    RETURNING 1""",
    rows=1,
)
REMOVE = Sql("DELETE FROM audiences WHERE audience = :audience RETURNING 1", rows=1)


def audience(row: Sequence[Any]) -> Audience:
    """A row of `DECLARED` as a value."""
    url, name, trust_group, scopes, added_at = row
    return Audience(
        url=url,
        name=name,
        trust_group=trust_group,
        scopes=None if scopes is None else tuple(scopes.split()),
        added_at=added_at,
    )


_CLIENT = "id, name, kind, audience, created_at, rotated_at, previous_until"

CLIENTS = Sql(f"SELECT {_CLIENT} FROM clients WHERE ended_at IS NULL ORDER BY name, id")
CLIENT = Sql(f"SELECT {_CLIENT}, secret_hash, previous_hash FROM clients WHERE id = :id AND ended_at IS NULL")
ADD_CLIENT = Sql(
    """INSERT INTO clients (id, name, kind, audience, secret_hash, created_at)
    VALUES (:id, :name, :kind, :audience, :secret_hash, :now)
    RETURNING 1""",
    rows=1,
)
# What stands on the right of SET is the row as it was before.
ROTATE_SECRET = Sql(
    f"""UPDATE clients SET previous_hash = secret_hash, previous_until = :previous_until,
        secret_hash = :secret_hash, rotated_at = :now
    WHERE id = :id AND ended_at IS NULL
    RETURNING {_CLIENT}""",
    rows=1,
)
REMOVE_CLIENT = Sql("UPDATE clients SET ended_at = :now WHERE id = :id AND ended_at IS NULL RETURNING 1", rows=1)


def client(row: Sequence[Any]) -> Client:
    """The columns `_CLIENT` of a row as a value."""
    return Client(**dict(zip(Client.__struct_fields__, row, strict=False)))
