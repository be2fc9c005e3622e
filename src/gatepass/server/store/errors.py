"""What can go wrong between a statement and the disk.

Refused      Unstorable          a value from outside that no column can hold (call.py)
Conflict     Stale               the state is not what a statement of the unit expected
Unavailable  StoreUnavailable    nothing is promised; only `outcome_unknown` may have happened
Misuse                           a wrong statement, URL, file or schema: for programmer and operator
"""

from gatepass.kernel.errors import Conflict, Unavailable
from gatepass.server.store.call import Call


class Stale(Conflict):
    """A statement of a unit met another state than expected; the whole unit is undone.

    Either its row count was wrong, or a unique or foreign key stood against it.

    Attributes:
        call: the `Call` of the unit that did not fit.
    """

    codes = {"stale": (409, "The state has changed in the meantime.")}

    def __init__(self, call: Call) -> None:
        super().__init__("stale", detail=repr(call))
        self.call = call


class StoreUnavailable(Unavailable):
    """The database is down, full, busy or broken.

    With every code but `outcome_unknown` the unit has not happened and will not.
    """

    codes = {
        "outcome_unknown": (503, "The database was lost before it said whether the change was made."),
        "store_busy": (503, "The database has too much to do."),
        "store_closed": (503, "The database is not open."),
        "store_damaged": (503, "The database is damaged."),
        "store_failed": (503, "The database failed."),
        "store_full": (503, "There is no room left to store anything."),
        "store_timeout": (503, "The database took too long to answer."),
        "store_unreachable": (503, "The database cannot be reached."),
    }
