"""What only a gate has to say: whose keys or status lists are missing, and which session is over."""

from gatepass.kernel.errors import Refused, Unavailable


class KeysUnavailable(Unavailable):
    """The issuer cannot be asked for its keys. Never a 401: that makes clients sign people out."""

    codes = {"keys_unavailable": (503, "The keys that prove this token cannot be fetched right now; try again.")}


class StatusUnknown(Unavailable):
    """The issuer cannot be asked whom it signed out. Never a 401, which is for those of whom it is known."""

    codes = {"status_unknown": (503, "Whether this token was taken back cannot be found out right now; try again.")}


class SessionRefused(Refused):
    """A session cookie that this server does not know, or not any more."""

    codes = {"session_ended": (401, "This session has ended, or another server made it; sign in again.")}
