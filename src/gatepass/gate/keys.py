"""The keys of one issuer, and when they must be asked for again. Pure: time is an argument.

A set that was fetched is good for a minute. After that it is asked for again while
it still serves; only a gate that slept waits. While the issuer cannot be reached the
last set serves for an hour at most.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from gatepass.gate.errors import KeysUnavailable
from gatepass.jose import KeySet, TokenRefused, Verifier, unverified_header

C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)

REVALIDATE = 60
"""Seconds after which a set is asked for again: how long a revoked key may live on."""

SLEPT = 2 * REVALIDATE
"""Seconds without a try after which nobody can say that the set was revalidated in time."""

STALE = 3_600
"""Seconds a set serves while its issuer cannot be reached."""

RETRY = 2
"""Seconds between tries while the issuer cannot be reached."""

NEW_KEY_BURST, NEW_KEY_EVERY = 8, 5
"""Fetches that unknown key ids may cause: so many at once, then one each so many seconds."""

_MAX_MISSING = 64

_CLOCKS_DIFFER = 5
"""Requests read the clock one after another and may arrive here in another order."""


class Keys(Protocol[C_co]):
    """Whatever can verify the tokens of one issuer."""

    @property
    def remembered(self) -> int:
        """How often that took no more than remembering a token."""

    def claims(self, token: str, now: float, *, asked: bool) -> C_co | None:
        """The verified claims of `token`; None when the issuer must be asked first.

        Args:
            now: seconds since the epoch.
            asked: the issuer was asked for the sake of this very request.

        Raises:
            TokenRefused: the token is not accepted.
            KeysUnavailable: nobody can tell, because the issuer cannot be asked.
        """


class GivenKeys(Generic[C]):
    """Keys that the service was started with. They do not change."""

    def __init__(self, verifier: Verifier[C]) -> None:
        self.keys = verifier.keys
        self._verifier = verifier
        self._verify = verifier.verify

    @property
    def remembered(self) -> int:
        """See `Keys`."""
        return self._verifier.remembered

    def claims(self, token: str, now: float, *, asked: bool) -> C | None:
        """See `Keys`; never None."""
        return self._verify(token, now=now)


class FetchedKeys:
    """The last known keys of an issuer that publishes them, and how old they are.

    Args:
        patience: seconds without a try after which whoever needs them waits for the answer
            instead of trusting the old set.
    """

    def __init__(self, patience: int = SLEPT) -> None:
        self.keys = KeySet()
        self._patience = patience
        self._good_at = float("-inf")
        self._tried_at = float("-inf")
        self._failed = False

    def accept(self, keys: KeySet, now: float) -> None:
        """The issuer's answer, asked for at `now`, is `keys`; the very set that is held changes nothing."""
        self.keys = keys
        self._good_at, self._tried_at, self._failed = now, now, False

    def fail(self, now: float) -> None:
        """The issuer was asked at `now`, and there was no good answer."""
        self._tried_at, self._failed = now, True

    def usable(self, now: float) -> bool:
        """Whether the set is young enough to be believed."""
        return within(STALE, self._good_at, now)

    def must_ask(self, now: float, usable: bool) -> bool:
        """Whether the issuer has to be asked before the set, `usable` or not, is used."""
        return not within(self._patience, self._tried_at, now) or (not usable and self.may_try(now))

    def may_try(self, now: float) -> bool:
        """Whether it is time to ask again."""
        return not within(RETRY if self._failed else REVALIDATE, self._tried_at, now)


class HeldKeys(FetchedKeys, Generic[C]):
    """Such keys, to verify tokens with.

    Args:
        verifier: makes the verifier for a key set. A new set gets a new one, and with it
            an empty cache: a removed key takes its cached tokens along.
        patience: see `FetchedKeys`.
    """

    def __init__(self, verifier: Callable[[KeySet], Verifier[C]], patience: int = SLEPT) -> None:
        super().__init__(patience)
        self._make = verifier
        self._verifier = verifier(self.keys)  # so that wrong settings are found at the start
        self._used = False
        self._remembered = 0
        self._new_keys = NewKeys()

    def accept(self, keys: KeySet, now: float) -> None:
        """See `FetchedKeys`."""
        if keys is not self.keys:
            self._remembered += self._verifier.remembered
            self._verifier = self._make(keys)
        super().accept(keys, now)
        self._used = False

    def fail(self, now: float) -> None:
        """See `FetchedKeys`."""
        super().fail(now)
        self._used = False

    @property
    def remembered(self) -> int:
        """See `Keys`; of all sets until now."""
        return self._remembered + self._verifier.remembered

    def due(self, now: float) -> bool:
        """Whether the set has been used since the last try, and it is time for the next one."""
        return self._used and self.may_try(now)

    def claims(self, token: str, now: float, *, asked: bool) -> C | None:
        """See `Keys`.

        1. A gate that slept, or has nothing, asks first.
        2. What is held must not be too old.
        3. The token is verified; an unknown key may be a new one, so the issuer may be asked.
        """
        usable = self.usable(now)
        if not asked and self.must_ask(now, usable):
            return None
        if not usable:
            raise KeysUnavailable("keys_unavailable", retry_after=RETRY)
        self._used = True
        try:
            return self._verifier.verify(token, now=now)
        except TokenRefused as refused:
            if refused.code == "unknown_key" and not self._is_unknown(token, now, asked=asked):
                return None
            raise

    def _is_unknown(self, token: str, now: float, *, asked: bool) -> bool:
        """True: the issuer does not know the key either. False: ask. Raises when it cannot be asked."""
        kid = str(unverified_header(token).get("kid"))
        if asked and not self._failed:
            self._new_keys.missing(kid, now)
            return True
        if self._new_keys.known_missing(kid, now):
            return True
        if asked or (self._failed and not self.may_try(now)):
            raise KeysUnavailable("keys_unavailable", retry_after=RETRY)
        if not self._new_keys.may_ask(now):
            raise KeysUnavailable("keys_unavailable", retry_after=NEW_KEY_EVERY)
        return False


class NewKeys:
    """Which unknown key ids are worth a question to the issuer.

    A flood of invented ids must not become a flood of fetches: they share a small
    budget. Nor may it lock out a key that is really new: once the budget is spent the
    answer is "try again" (503), not "your token is bad" (401), and the next question is
    five seconds away. Keys that are in the set never come here.
    """

    def __init__(self) -> None:
        self._missing: dict[str, float] = {}
        self._budget = float(NEW_KEY_BURST)
        self._counted_at = float("-inf")

    def missing(self, kid: str, now: float) -> None:
        """The issuer was asked at `now` and does not know `kid`."""
        if len(self._missing) >= _MAX_MISSING:
            self._missing = {name: at for name, at in self._missing.items() if within(NEW_KEY_EVERY, at, now)}
        if len(self._missing) < _MAX_MISSING:
            self._missing[kid] = now

    def known_missing(self, kid: str, now: float) -> bool:
        """Whether the issuer was just asked for `kid` in vain."""
        return within(NEW_KEY_EVERY, self._missing.get(kid, float("-inf")), now)

    def may_ask(self, now: float) -> bool:
        """Whether the budget has a question left; it is taken."""
        earned = max(0.0, now - self._counted_at) / NEW_KEY_EVERY
        self._budget = min(self._budget + earned, float(NEW_KEY_BURST))
        self._counted_at = now
        if self._budget < 1:
            return False
        self._budget -= 1
        return True


def within(seconds: float, since: float, now: float) -> bool:
    """Whether `since` lies less than so many seconds back."""
    # A clock that was set back must not make something look fresh until it has caught up.
    return -_CLOCKS_DIFFER <= now - since < seconds
