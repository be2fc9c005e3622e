"""What the listener refuses, and why it could not start."""

from gatepass.kernel.errors import Refused, Unavailable


class TooSlow(Refused):
    """A client took longer for a part of its request than the limits allow."""

    codes = {"request_timeout": (408, "The request did not arrive in time.")}


class TooMany(Unavailable):
    """As many connections are open as the limits allow."""

    codes = {"too_many_connections": (503, "The server has too many open connections.")}


class StartUpFailed(Unavailable):
    """The application raised an error while it started; `detail` says which."""

    codes = {"start_up_failed": (503, "The server could not start.")}
