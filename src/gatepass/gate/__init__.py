"""Floor 3: the gate, which tells a service who is asking and whether they may.

Owns trust (whose word counts), strategies (where a credential may come from),
requirements (what a route asks) and the one decision made of them, `Gate.check`, which
does no I/O. Around it: fetched keys and the async shell. Knows no framework; the
adapters above do. Never imports the auth server: one in the same process is an object
with four members (`trust.AuthServerHere`). Adapters, `testing`, the server and the demo
may import it.
"""

from gatepass.gate.gate import Gate
from gatepass.gate.identity import Identity
from gatepass.gate.introspection import ClientSecret
from gatepass.gate.metrics import Metrics
from gatepass.gate.requirement import Requirement
from gatepass.gate.strategies import BearerToken, BodyToken, MemoryStore, ServerSession, TokenCookie
from gatepass.gate.strategy import Strategy
from gatepass.gate.trust import Issuer

__all__ = [
    "BearerToken",
    "BodyToken",
    "ClientSecret",
    "Gate",
    "Identity",
    "Issuer",
    "MemoryStore",
    "Metrics",
    "Requirement",
    "ServerSession",
    "Strategy",
    "TokenCookie",
]
