"""Tokens that were verified before."""

from threading import Lock
from typing import Any

import msgspec


class VerifiedTokens:
    """A bounded memory of verified tokens and their claims. Thread-safe.

    Only complete verified tokens get in, so no stranger can fill it. The key is the
    whole token: a signature can be altered without becoming wrong. A keeper of
    revocations must still ask at each use.

    Args:
        size: most tokens to hold; the oldest makes room.
        kind: what claims are decoded into.
    """

    def __init__(self, size: int, kind: Any) -> None:
        self._size = size
        self._entries: dict[str, tuple[float, float, Any]] = {}
        self._lock = Lock()
        # A frozen Struct is handed out again; what callers could change is decoded anew for each.
        frozen = kind is not dict and kind.__struct_config__.frozen
        self._decode = None if frozen else msgspec.json.Decoder(kind).decode

    def get(self, token: str, now: float) -> Any:
        """The claims, if the token is known and `now` is within its own times; else None.

        For the seconds of a verifier's leeway it is verified once more.
        """
        entry = self._entries.get(token) if isinstance(token, str) else None
        if entry is None or not entry[0] <= now < entry[1]:
            return None
        return entry[2] if self._decode is None else self._decode(entry[2])

    def put(self, token: str, body: bytes, claims: Any, facts: Any) -> None:
        """Remember a token that was just verified, with the payload and claims it has."""
        since = float("-inf") if facts.nbf is None else facts.nbf
        until = float("inf") if facts.exp is None else facts.exp
        with self._lock:
            if len(self._entries) >= self._size and token not in self._entries:
                del self._entries[next(iter(self._entries))]
            self._entries[token] = (since, until, claims if self._decode is None else body)

    def __len__(self) -> int:
        """How many tokens are remembered."""
        return len(self._entries)
