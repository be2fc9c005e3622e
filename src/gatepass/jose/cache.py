"""Tokens that were verified before."""

from threading import Lock
from typing import Any

import msgspec
from msgspec import UNSET

_Entry = tuple[float, float, Any, bytes]
"""Good since, good until, the claims if they are kept, and the payload that they are decoded from."""

_ALWAYS, _NEVER = float("-inf"), float("inf")


class VerifiedTokens:
    """A bounded memory of verified tokens and their claims. Thread-safe.

    Only complete verified tokens get in, so no stranger can fill it. The key is the
    whole token: a signature can be altered without becoming wrong. A keeper of
    revocations must still ask at each use.

    Tokens are kept in two halves. When the young half is full it becomes the old one,
    and the old one is forgotten; what is found in the old one is young again. So nothing
    is put in order for a token that never comes again, which takes a third of the time.
    Nor are its claims kept, a dozen small objects: they are decoded when it comes again.

    Args:
        size: most tokens to hold, 2 at least; the half that was used last is always among them.
        kind: what claims are decoded into.

    Attributes:
        hits: how often a token was found. Without a lock: a thread is not changed in between.
    """

    def __init__(self, size: int, kind: Any) -> None:
        self._half = max(1, size // 2)
        self._young: dict[str, _Entry] = {}
        self._old: dict[str, _Entry] = {}
        self._lock = Lock()
        self.hits = 0
        # A frozen Struct is handed out again; what callers could change is decoded anew for each.
        self._frozen = kind is not dict and kind.__struct_config__.frozen
        self._decode = msgspec.json.Decoder(kind).decode

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
        since, until, claims, body = entry
        if not since <= now < until:
            return None
        self.hits += 1
        if claims is None:
            claims = self._decode(body)
            if self._frozen:
                self._keep(token, (since, until, claims, b""))
        return claims

    def put(self, token: str, body: bytes, facts: Any) -> None:
        """Remember a token that was just verified, with its payload."""
        since, until = facts.nbf, facts.exp
        self._keep(token, (_ALWAYS if since is UNSET else since, _NEVER if until is UNSET else until, None, body))

    def _keep(self, token: str, entry: _Entry) -> None:
        young = self._young
        if len(young) >= self._half and token not in young:
            young = self._next_half()
        young[token] = entry

    def _next_half(self) -> dict[str, _Entry]:
        with self._lock:
            # Another thread may have been quicker: what it put there must not grow old at once.
            if len(self._young) >= self._half:
                self._young, self._old = {}, self._young
            return self._young

    def __len__(self) -> int:
        """How many tokens are remembered."""
        return len(self._young.keys() | self._old.keys())
