"""A signing key's row, and its state as a function of the time. Pure."""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

KeyState = Literal["upcoming", "active", "retiring", "gone"]


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key of the ring, without its private half. Times are seconds since the epoch.

    Attributes:
        kid: key id in tokens and in the key set.
        alg: the one algorithm it is used with.
        use: as in a JWK, `sig`.
        number: its place among the keys of this algorithm; two nodes cannot take the same.
        public_jwk: the public half, to be shown; what is published is taken from the wrapped key.
        key_version: version of the master secret that wraps the private half.
        publish_at: since then it stands in the key set.
        activate_at: from then on it signs; None: nobody has said when.
        retire_at: from then on it does not sign any more, but verifies.
        gone_at: from then on its tokens are refused.
        kept: whether the private half is still there. Without it the key is of no use any more,
            also when a clock that was set back says that it is not gone.
    """

    kid: str
    alg: str
    use: str
    number: int
    public_jwk: dict[str, Any]
    key_version: int
    created_at: int
    publish_at: int
    activate_at: int | None = None
    retire_at: int | None = None
    gone_at: int | None = None
    kept: bool = True

    def state(self, now: int) -> KeyState:
        """Where the key is in its life: upcoming, active, retiring, gone."""
        if _reached(self.gone_at, now):
            return "gone"
        if _reached(self.retire_at, now):
            return "retiring"
        return "active" if _reached(self.activate_at, now) else "upcoming"

    def published(self, now: int) -> bool:
        """Whether the key belongs into the key set.

        From the moment it is known: another node may sign with it already, by a clock that is ahead.
        """
        return self.kept and self.state(now) != "gone"


def _reached(at: int | None, now: int) -> bool:
    return at is not None and at <= now


def signing(keys: Iterable[SigningKey], alg: str, now: int) -> SigningKey | None:
    """The key that signs with `alg` at `now`: of several active ones, the newest.

    Where none is active yet the one that will be first: the node that activated it had a
    clock that is ahead of this one, or this one was set back.
    """
    living = [key for key in keys if key.alg == alg and key.kept and key.state(now) in {"active", "upcoming"}]
    active = [key for key in living if key.state(now) == "active"]
    if active:
        return max(active, key=lambda key: (key.activate_at or 0, key.number))
    started = [key for key in living if key.activate_at is not None]
    return min(started, key=lambda key: (key.activate_at or 0, key.number), default=None)
