"""The one place where an audit row becomes a line of the log and a figure: when its unit is on disk."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from gatepass.kernel.errors import GatepassError
from gatepass.server.audit.events import INSERT
from gatepass.server.audit.kinds import BY_NAME
from gatepass.server.metrics import Metrics
from gatepass.server.store.call import Call

ENDED = frozenset({"session_ended", "sessions_ended"})
"""Events whose detail says by what sessions ended."""
ENDING_BY_THE_WAY = frozenset({"password_changed", "user_disabled", "user_deleted"})
"""Events that end sessions without being called so."""

log = logging.getLogger("gatepass.audit")


class Record:
    """Watches a store (`gatepass.server.store.port.Watch`).

    Every audit row has its line here, whoever wrote it, and no line speaks of a change
    that was undone. Of a unit whose outcome nobody knows there is no line: the table decides.

    Args:
        metrics: what is counted, also of units without an audit row.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._waiting = 0
        metrics.when_read(lambda: metrics.gauge("store_waiting", self._waiting))

    def begun(self) -> None:
        """See `Watch.begun`."""
        self._waiting += 1

    def ended(self, calls: Sequence[Call], seconds: float, failure: GatepassError | None) -> None:
        """See `Watch.ended`."""
        self._waiting -= 1
        self._metrics.count("store_writes", result="ok" if failure is None else failure.code)
        if failure is not None:
            return
        self._metrics.observe("store_write", seconds)
        for call in calls:
            if call.sql is INSERT:
                self._tell(call.values)

    def _tell(self, row: Mapping[str, Any]) -> None:
        name = row["name"]
        self._metrics.count("events", name=name)
        if name in ENDED:
            self._metrics.count("sessions_ended", reason=json.loads(row["detail"]).get("by", name))
        elif name in ENDING_BY_THE_WAY:
            self._metrics.count("sessions_ended", reason=name)
        level = logging.WARNING if BY_NAME[name].alarming else logging.INFO
        if log.isEnabledFor(level):
            # The row's id is in the line, so the two can be told to be one.
            log.log(level, name, extra={"event": {**row, "detail": json.loads(row["detail"])}})
