"""How much of a server one client may hold, and for how long."""

import math
from dataclasses import dataclass, fields

from gatepass.kernel.errors import Misuse


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one listener. Times are seconds; sizes are bytes as they come off the network.

    Attributes:
        head: from the connection, TLS handshake included, or from the first byte of a later
            request on it, to the end of the header section.
        head_bytes: request line and headers together.
        headers: header fields of one request, trailers included.
        body: from the end of the headers to the end of the body, while we are willing to read.
        idle: how long a connection may stay open between two requests.
        write: how long a client may leave an answer, or the end of the connection, unread.
        connections: open at the same time, TLS handshakes included; the next one is answered 503.
        grace: from the signal to stop until the last request is cut off and the application closed.

    Raises:
        Misuse: a limit is not a positive number.
    """

    head: float = 5.0
    head_bytes: int = 65_536
    headers: int = 128
    body: float = 30.0
    idle: float = 15.0
    write: float = 30.0
    connections: int = 1_000
    grace: float = 10.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not (whole or (field.type is float and isinstance(value, float) and math.isfinite(value))) or value <= 0:
                raise Misuse(f"Limits.{field.name} must be a positive number.")
