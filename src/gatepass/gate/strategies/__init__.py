"""Where a credential may come from.

`carriers` find a token in a request; `session` is a service's own classic session and
`memory` a place for it. None of them knows whose tokens are trusted or what a route
asks. Anybody's own strategy follows the protocol in `gate.strategy`.
"""

from gatepass.gate.strategies.carriers import BearerToken, BodyToken, TokenCarrier, TokenCookie
from gatepass.gate.strategies.memory import MemoryStore
from gatepass.gate.strategies.session import ServerSession, SessionStore, StoredSession

__all__ = [
    "BearerToken",
    "BodyToken",
    "MemoryStore",
    "ServerSession",
    "SessionStore",
    "StoredSession",
    "TokenCarrier",
    "TokenCookie",
]
