"""What can stand against an operator's wish about keys.

Conflict   KeyConflict   key_exists key_gone key_not_ready key_unknown
"""

from datetime import UTC, datetime

from gatepass.kernel.errors import Conflict


class KeyConflict(Conflict):
    """The ring does not allow it.

    Attributes:
        ready_at: seconds since the epoch from which a key may sign; None where waiting does not help.
    """

    codes = {
        "key_exists": (409, "A key of this algorithm stands by already."),
        "key_gone": (409, "This key is gone already."),
        "key_not_ready": (409, "The next key has not been published for long enough to sign."),
        "key_unknown": (404, "There is no key with this id."),
    }

    def __init__(self, code: str, *, alg: str = "", ready_at: int | None = None) -> None:
        when = f" from {datetime.fromtimestamp(ready_at, UTC):%Y-%m-%d %H:%MZ} on" if ready_at is not None else ""
        super().__init__(code, detail=f"{alg}{when}")
        self.ready_at = ready_at
