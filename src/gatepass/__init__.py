"""Gatepass: sign in once; every server of yours knows who you are.

The public face. Each name is loaded when it is first used (PEP 562), so `import
gatepass` loads nothing, and a service that only verifies tokens never loads the auth
server. Inside the package rooms import each other directly, never from here.
"""

TYPE_CHECKING = False  # type checkers know the name; importing it from `typing` would cost each start 5 ms

if TYPE_CHECKING:
    from gatepass.gate import BearerToken as BearerToken
    from gatepass.gate import BodyToken as BodyToken
    from gatepass.gate import ClientSecret as ClientSecret
    from gatepass.gate import Gate as Gate
    from gatepass.gate import Identity as Identity
    from gatepass.gate import MemoryStore as MemoryStore
    from gatepass.gate import ServerSession as ServerSession
    from gatepass.gate import Strategy as Strategy
    from gatepass.gate import TokenCookie as TokenCookie
    from gatepass.jose import Key as Key
    from gatepass.jose import KeySet as KeySet
    from gatepass.kernel.errors import Conflict as Conflict
    from gatepass.kernel.errors import GatepassError as GatepassError
    from gatepass.kernel.errors import Misuse as Misuse
    from gatepass.kernel.errors import Refused as Refused
    from gatepass.kernel.errors import Unavailable as Unavailable
    from gatepass.kernel.secret import Secret as Secret
    from gatepass.server.app import AuthServer as AuthServer
    from gatepass.server.users.model import User as User
    from gatepass.version import __version__ as __version__

_HOMES = {
    "Gate": "gatepass.gate",
    "Identity": "gatepass.gate",
    "Strategy": "gatepass.gate",
    "BearerToken": "gatepass.gate",
    "TokenCookie": "gatepass.gate",
    "BodyToken": "gatepass.gate",
    "ServerSession": "gatepass.gate",
    "ClientSecret": "gatepass.gate",
    "MemoryStore": "gatepass.gate",
    "Secret": "gatepass.kernel.secret",
    "KeySet": "gatepass.jose",
    "Key": "gatepass.jose",
    "AuthServer": "gatepass.server.app",
    "User": "gatepass.server.users.model",
    "__version__": "gatepass.version",
    "GatepassError": "gatepass.kernel.errors",
    "Refused": "gatepass.kernel.errors",
    "Conflict": "gatepass.kernel.errors",
    "Unavailable": "gatepass.kernel.errors",
    "Misuse": "gatepass.kernel.errors",
}

__all__ = list(_HOMES)

if not TYPE_CHECKING:  # else a type checker would believe in every name

    def __getattr__(name):
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(_HOMES[name]), name)
        globals()[name] = found  # the next look-up costs nothing
        return found


def __dir__() -> list[str]:
    return sorted([*_HOMES, "__version__"])
