"""Where a request came from, and what an audit line says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

MAX_ADDRESS = 64
MAX_AGENT = 400
MAX_REQUEST_ID = 128


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request came from, made safe to store and to print.

    The texts are a stranger's: control characters (NUL, escape sequences, line ends)
    and unpaired surrogates become `?`, and each text is cut at its limit.

    Attributes:
        address: IP address of the peer; None for the command line.
        agent: the User-Agent field, as sent; None when there was none.
        request_id: ties the line to the server's log.
    """

    address: str | None
    agent: str | None
    request_id: str = field(default="")

    def __post_init__(self) -> None:
        for name, limit in _LIMITS:
            text = getattr(self, name)
            if text is not None and not (len(text) <= limit and text.isascii() and text.isprintable()):
                object.__setattr__(self, name, "".join(char if char.isprintable() else "?" for char in text[:limit]))


_LIMITS = (("address", MAX_ADDRESS), ("agent", MAX_AGENT), ("request_id", MAX_REQUEST_ID))


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit, as people and programs read it.

    Attributes:
        id: grows with time, so it also orders the lines of one second.
        at: seconds since the epoch.
        name: one of `gatepass.server.audit.events.EVENTS`.
        user: the `sub` it happened to.
        session: database id of the session.
        client: client id.
        address, agent: from where; None after the user was deleted.
        request_id: ties the line to the server's log.
        detail: what else there is to say, per event.
    """

    id: str
    at: int
    name: str
    user: str | None
    session: str | None
    client: str | None
    address: str | None
    agent: str | None
    request_id: str
    detail: Mapping[str, Any]
