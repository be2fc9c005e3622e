"""Every statement about audiences, and how their rows read."""

from collections.abc import Sequence
from typing import Any

from gatepass.server.clients.model import Audience
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
