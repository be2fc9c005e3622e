"""Tokens that were verified before."""

from threading import Lock
from typing import Any

import msgspec

_ALWAYS, _NEVER = float("-inf"), float("inf")


class VerifiedTokens:
    """A bounded memory of verified tokens and their claims. Thread-safe.

    Only complete verified tokens get in, so no stranger can fill it. The key is the
    whole token: a signature can be altered without becoming wrong. A keeper of
    revocations must still ask at each use.

    Tokens are kept in two halves. When the young half is full it becomes the old one,
    and the old one is forgotten; what is found in the old one is young again. So nothing
    is put in order for a token that never comes again, which takes a third of the time.

    Args:
        size: most tokens to hold, 2 at least; the half that was used last is always among them.
        kind: what claims are decoded into.
    """

    def __init__(self, size: int, kind: Any) -> None:
        self._half = max(1, size // 2)
        self._young: dict[str, tuple[float, float, Any]] = {}
        self._old: dict[str, tuple[float, float, Any]] = {}
        self._lock = Lock()
        # A frozen Struct is handed out again; what callers could change is decoded anew for each.
        frozen = kind is not dict and kind.__struct_config__.frozen
        self._decode = None if frozen else msgspec.json.Decoder(kind).decode

    def get(self, token: str, now: float) -> Any:
        """The claims, if the token is known and `now` is within its own times; else None.

        For the seconds of a verifier's leeway it is verified once more.
        """
        if not isinstance(token, str):
            return None
        entry = self._young.get(token)
        if entry is None:
            entry = self._old.get(token)
            if entry is None:
                return None
            self._keep(token, entry)
        if not entry[0] <= now < entry[1]:
            return None
        return entry[2] if self._decode is None else self._decode(entry[2])

    def put(self, token: str, body: bytes, claims: Any, facts: Any) -> None:
        """Remember a token that was just verified, with the payload and claims it has."""
        since = _ALWAYS if facts.nbf is msgspec.UNSET else facts.nbf
        until = _NEVER if facts.exp is msgspec.UNSET else facts.exp
        self._keep(token, (since, until, claims if self._decode is None else body))

    def _keep(self, token: str, entry: tuple[float, float, Any]) -> None:
        if len(self._young) >= self._half and token not in self._young:
            self._grow_old()
        self._young[token] = entry

    def _grow_old(self) -> None:
        with self._lock:
            # Another thread may have been quicker: what it put there must not grow old at once.
            if len(self._young) >= self._half:
                self._young, self._old = {}, self._young

    def __len__(self) -> int:
        """How many tokens are remembered."""
        return len(self._young.keys() | self._old.keys())
