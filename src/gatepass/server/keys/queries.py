"""Every statement about signing keys, and how their rows read."""

import json
from collections.abc import Sequence
from typing import Any

from gatepass.server.keys.model import SigningKey
from gatepass.server.store.call import Call, Sql

_COLUMNS = "kid, alg, use, number, public_jwk, key_version, created_at, publish_at, activate_at, retire_at, gone_at"

# Gone keys stay as lines of the operator's list, but nothing needs their private half.
KEYS = Sql(f"SELECT {_COLUMNS}, wrapped FROM signing_keys ORDER BY alg, number")
ADD = Sql(
    f"""INSERT INTO signing_keys ({_COLUMNS}, wrapped)
    VALUES (:kid, :alg, :use, :number, :public_jwk, :key_version, :created_at, :publish_at, :activate_at, NULL, NULL,
        :wrapped)
    ON CONFLICT DO NOTHING
    RETURNING 1""",
    rows=1,
)
# Each change expects the row as it was when it was decided on: of two nodes that decide at once, one is stale.
ACTIVATE = Sql(
    """UPDATE signing_keys SET activate_at = :now
    WHERE kid = :kid AND (activate_at IS NULL OR activate_at > :now) AND (gone_at IS NULL OR gone_at > :now)
    RETURNING 1""",
    rows=1,
)
RETIRE = Sql(
    """UPDATE signing_keys SET retire_at = :now, gone_at = :gone_at
    WHERE kid = :kid AND activate_at <= :now AND (retire_at IS NULL OR retire_at > :now)
        AND (gone_at IS NULL OR gone_at > :now)
    RETURNING 1""",
    rows=1,
)
REVOKE = Sql(
    """UPDATE signing_keys SET gone_at = :now, wrapped = :nothing
    WHERE kid = :kid AND (gone_at IS NULL OR gone_at > :now)
    RETURNING 1""",
    rows=1,
)
DROP = Sql(
    """UPDATE signing_keys SET wrapped = :nothing
    WHERE kid = :kid AND gone_at <= :now AND wrapped <> :nothing
    RETURNING 1""",
    rows=1,
)
REWRAP = Sql(
    """UPDATE signing_keys SET wrapped = :wrapped, key_version = :version
    WHERE kid = :kid AND wrapped = :before
    RETURNING 1""",
    rows=1,
)


def add(key: SigningKey, wrapped: bytes) -> Call:
    """The statement that stores a new key; `Stale` when another node took its number."""
    return ADD(
        kid=key.kid,
        alg=key.alg,
        use=key.use,
        number=key.number,
        public_jwk=json.dumps(key.public_jwk, sort_keys=True),
        key_version=key.key_version,
        created_at=key.created_at,
        publish_at=key.publish_at,
        activate_at=key.activate_at,
        wrapped=wrapped,
    )


def signing_key(row: Sequence[Any]) -> tuple[SigningKey, bytes]:
    """A row of `KEYS`: the key's public side, and its wrapped private half."""
    *columns, wrapped = row
    fields = dict(zip(SigningKey.__struct_fields__, columns, strict=False))
    return SigningKey(**{**fields, "public_jwk": json.loads(fields["public_jwk"])}, kept=wrapped != b""), wrapped
