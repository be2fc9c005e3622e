"""What a process counts and measures, for whoever watches it.

Owns the one list of figures (`figures`), the numbers of this process (`registry`) and
the text in which Prometheus reads them (`exposition`). A label is a word of ours, never
what somebody sent: no path, name, address or id. Knows no other room, no socket and no
route; every room of the server may count.
"""

from gatepass.server.metrics.registry import Metrics

__all__ = ["Metrics"]
