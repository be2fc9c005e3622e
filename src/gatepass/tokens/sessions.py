"""Session secrets and limits: one rule for the server's sessions and a service's own."""

import hashlib
from dataclasses import dataclass

from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import new_secret


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts (OWASP ASVS 5.0 section 7.3).

    Attributes:
        idle: seconds without use after which it ends.
        absolute: seconds after sign-in at which it ends, used or not.

    Raises:
        Misuse: a limit is not positive, or `idle` is longer than `absolute`.
    """

    idle: int
    absolute: int

    def __post_init__(self) -> None:
        if not 0 < self.idle <= self.absolute:
            raise Misuse("Session limits are positive seconds, the idle limit not longer than the absolute one.")

    def ends_at(self, *, started_at: float, used_at: float) -> float:
        """When a session ends that was started and last used then: seconds since the epoch."""
        return min(used_at + self.idle, started_at + self.absolute)


def session_alive(limits: SessionLimits, *, started_at: float, used_at: float, now: float) -> bool:
    """Whether a session that was started and last used then is still good at `now`."""
    return now < limits.ends_at(started_at=started_at, used_at=used_at)


def new_session_secret() -> str:
    """What the cookie of a new session holds: 256 random bits, never stored as they are."""
    return new_secret()


def hash_secret(secret: str) -> bytes:
    """What is stored and searched instead of a random secret: its SHA-256, 32 bytes.

    A stolen table opens no session, and looking a hash up tells nothing by its timing.
    """
    # Whatever a stranger puts in a cookie must have a hash: lone surrogates included.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
