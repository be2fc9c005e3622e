"""Where everything that must last is kept: one small port, two engines.

Owns statements as values (`Sql`, `Call`), the `Store` port with its three verbs
(`read`, `scan`, `write`), SQLite, PostgreSQL and the migration runner. It knows no
word of the domain and owns no table but its own list of applied migrations; the
`.sql` files in `server/schema` belong to the rooms whose tables they make.
Every room of `server/` may import it.
"""

from gatepass.server.store.call import Call, Sql, Unstorable, Value
from gatepass.server.store.errors import Stale, StoreUnavailable
from gatepass.server.store.opening import open_store
from gatepass.server.store.port import Row, Store, Version

__all__ = ["Call", "Row", "Sql", "Stale", "Store", "StoreUnavailable", "Unstorable", "Value", "Version", "open_store"]
