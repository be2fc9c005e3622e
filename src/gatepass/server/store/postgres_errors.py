"""What an error of PostgreSQL or of its driver means to us.

The server's messages may quote values (`Key (name)=(…) already exists`), so only
those that speak of the statement itself are passed on.
"""

import asyncpg  # type: ignore[import-untyped]

from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.server.store.errors import StoreUnavailable

DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""All that asyncpg raises while it runs a statement. TimeoutError is an OSError."""

# Error codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_RACES = frozenset({"23503", "23505"})  # foreign key, unique
_DEADLOCKS = frozenset({"40001", "40P01"})
_REASONS = {
    "08": "store_unreachable",
    "57P01": "store_unreachable",  # the server shuts down
    "57P02": "store_unreachable",  # it crashed
    "57P03": "store_unreachable",  # it is starting
    "25006": "store_unreachable",  # a standby: the one that may write is elsewhere
    "40001": "store_busy",
    "40P01": "store_busy",
    "53300": "store_busy",  # too many connections
    "53100": "store_full",
    "55P03": "store_timeout",  # lock not available
    "57014": "store_timeout",  # cancelled by a time-out
    "XX001": "store_damaged",
    "XX002": "store_damaged",
}
_OUR_MISTAKES = frozenset({"21", "22", "23", "42"})  # cardinality, data, integrity, syntax or access
_QUOTES_VALUES = "22"
_SETUP = {
    "28000": "PostgreSQL does not let this user in from here.",
    "28P01": "PostgreSQL refuses the user name or the password.",
    "3D000": "The PostgreSQL database does not exist; `createdb` makes one.",
    "42501": "The PostgreSQL user may not make tables in this database.",
}


def is_race(error: Exception) -> bool:
    """Whether a unique or foreign key stood against a statement: somebody else was first."""
    return _state(error) in _RACES


def is_deadlock(error: Exception) -> bool:
    """Whether the server undid the unit because of others at the same time."""
    return _state(error) in _DEADLOCKS


def is_lost(error: Exception) -> bool:
    """Whether the connection went away, or there was none."""
    return _reason(error) == "store_unreachable"


def unavailable(error: Exception) -> GatepassError:
    """The error that a caller gets for one of the driver's."""
    state = _state(error)
    if state[:2] in _OUR_MISTAKES:
        why = type(error).__name__ if state[:2] == _QUOTES_VALUES else getattr(error, "message", "")
        return Misuse(f"PostgreSQL refuses a statement: {why}.")
    if _is_argument_error(error):
        return Misuse("PostgreSQL refuses a statement: a value does not fit the type of its parameter.")
    return StoreUnavailable(_reason(error), detail=f"{state} {type(error).__name__}".lstrip())


def refusal(error: Exception) -> GatepassError:
    """What an error while opening means to the operator."""
    if sentence := _SETUP.get(_state(error)):
        return Misuse(sentence)
    if _is_argument_error(error):
        return Misuse("The PostgreSQL URL is not valid.")
    return unavailable(error)


def _state(error: Exception) -> str:
    return getattr(error, "sqlstate", None) or ""


def _is_argument_error(error: Exception) -> bool:
    # The driver's own, raised before anything is sent; its text quotes the value, or the URL.
    return isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "store_timeout"
    if isinstance(error, asyncpg.PostgresError):
        state = _state(error)
        return _REASONS.get(state) or _REASONS.get(state[:2], "store_failed")
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return "store_unreachable"  # standbys only: the one that may write is away
    if isinstance(error, asyncpg.InternalClientError) or _is_argument_error(error):
        return "store_failed"
    # What is left: the socket, or a driver that finds its connection closed.
    return "store_unreachable"
