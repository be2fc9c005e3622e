"""Every error that a public function may raise, in one place; see `docs/errors.md` for their codes.

    GatepassError
    ├─ Refused        hostile, wrong or outdated input
    ├─ Conflict       the state does not allow it
    ├─ Unavailable    a part we depend on is down or full
    └─ Misuse         the programmer's or operator's mistake

Each leaf lives in the room that raises it and is loaded when it is asked for (PEP
562), so this list costs a service nothing that it does not use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatepass.fetch.errors import FetchFailed as FetchFailed
    from gatepass.gate.errors import KeysUnavailable as KeysUnavailable
    from gatepass.gate.errors import SessionRefused as SessionRefused
    from gatepass.gate.errors import StatusUnknown as StatusUnknown
    from gatepass.http.refusals import AccessRefused as AccessRefused
    from gatepass.http.refusals import NotFound as NotFound
    from gatepass.http.refusals import RequestRefused as RequestRefused
    from gatepass.jose.errors import KeyRefused as KeyRefused
    from gatepass.jose.errors import NotBase64url as NotBase64url
    from gatepass.jose.errors import TokenRefused as TokenRefused
    from gatepass.kernel.decoding import Undecodable as Undecodable
    from gatepass.kernel.errors import Conflict as Conflict
    from gatepass.kernel.errors import GatepassError as GatepassError
    from gatepass.kernel.errors import Misuse as Misuse
    from gatepass.kernel.errors import Refused as Refused
    from gatepass.kernel.errors import Unavailable as Unavailable
    from gatepass.server.clients.errors import AudienceConflict as AudienceConflict
    from gatepass.server.clients.errors import BadAudience as BadAudience
    from gatepass.server.clients.errors import BadClient as BadClient
    from gatepass.server.clients.errors import ClientConflict as ClientConflict
    from gatepass.server.clients.errors import GrantRefused as GrantRefused
    from gatepass.server.keys.errors import KeyConflict as KeyConflict
    from gatepass.server.listener.errors import StartUpFailed as StartUpFailed
    from gatepass.server.listener.errors import TooMany as TooMany
    from gatepass.server.listener.errors import TooSlow as TooSlow
    from gatepass.server.oauth.errors import OAuthRefused as OAuthRefused
    from gatepass.server.store.call import Unstorable as Unstorable
    from gatepass.server.store.errors import Stale as Stale
    from gatepass.server.store.errors import StoreUnavailable as StoreUnavailable
    from gatepass.server.users.errors import HashRefused as HashRefused
    from gatepass.server.users.errors import IdentifierRefused as IdentifierRefused
    from gatepass.server.users.errors import PasswordRefused as PasswordRefused
    from gatepass.server.users.errors import SignInRefused as SignInRefused
    from gatepass.server.users.errors import UserConflict as UserConflict
    from gatepass.server.users.errors import UsersUnavailable as UsersUnavailable

_ROOMS = {
    "gatepass.kernel.errors": ("GatepassError", "Refused", "Conflict", "Unavailable", "Misuse"),
    "gatepass.kernel.decoding": ("Undecodable",),
    "gatepass.jose.errors": ("TokenRefused", "KeyRefused", "NotBase64url"),
    "gatepass.http.refusals": ("RequestRefused", "NotFound", "AccessRefused"),
    "gatepass.fetch.errors": ("FetchFailed",),
    "gatepass.gate.errors": ("KeysUnavailable", "StatusUnknown", "SessionRefused"),
    "gatepass.server.users.errors": (
        "SignInRefused",
        "PasswordRefused",
        "IdentifierRefused",
        "HashRefused",
        "UserConflict",
        "UsersUnavailable",
    ),
    "gatepass.server.clients.errors": (
        "GrantRefused",
        "BadAudience",
        "BadClient",
        "AudienceConflict",
        "ClientConflict",
    ),
    "gatepass.server.keys.errors": ("KeyConflict",),
    "gatepass.server.oauth.errors": ("OAuthRefused",),
    "gatepass.server.store.errors": ("Stale", "StoreUnavailable"),
    "gatepass.server.store.call": ("Unstorable",),
    "gatepass.server.listener.errors": ("TooSlow", "TooMany", "StartUpFailed"),
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = list(_HOMES)

if not TYPE_CHECKING:  # else a type checker would believe in every name

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)
