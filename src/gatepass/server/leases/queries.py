"""Every statement about leases."""

from gatepass.server.store.call import Sql

# One statement decides: whoever comes second waits for the row, and then sees the first one's.
HOLD = Sql(
    """INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE leases.holder = excluded.holder OR leases.until <= :now OR leases.until > :beyond
    RETURNING 1"""
)
