"""The status lists of one issuer, and when they must be asked for again. Pure: time is an argument.

A sign-out that the issuer publishes at a moment P is refused here from P + 5.5 s on, as
long as the issuer answers:

- a list is asked for again by the first request after its ttl, five seconds at most,
  and serves for another half second while that goes on;
- if no request came for so long, the next one waits for the fresh list;
- if the issuer does not answer, the last list serves until it is `fail_open_for` old,
  and nobody waits for it any more. After that nobody can tell who was signed out.
"""

import re
from collections.abc import Callable
from typing import Protocol

import msgspec

from gatepass.gate.claims import ReadClaims
from gatepass.gate.errors import StatusUnknown
from gatepass.gate.keys import within
from gatepass.gate.metrics import Counters
from gatepass.gate.need import Known, NeedStatus, Source
from gatepass.jose import KeySet, TokenRefused
from gatepass.kernel.ids import new_bytes
from gatepass.tokens.status_list import StatusList, TokenStatus, status_uri

POLL = 5
"""Seconds after which a list is asked for again, if its ttl is not shorter."""

SPREAD = 0.2
"""By how much of that a gate may be earlier, by chance: many gates shall not come in step."""

SERVES = 5.5
"""Seconds that a list serves without anybody waiting."""

RETRY = 2
"""Seconds between tries while the issuer cannot be reached."""

MAX_LISTS = 64
"""Lists of one issuer that are held at once, a megabyte each at most."""

UNUSED = 60
"""Seconds without a token of a list after which it makes room for another."""

CLOCKS_DIFFER = 60
"""Seconds that a list may have been signed in the future. A later `iat` would keep newer lists out."""

_NAME = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
MAX_NAME = 256


class Reading(msgspec.Struct, frozen=True):
    """What a verified status list token said.

    Attributes:
        issued_at, expires_at: seconds since the epoch.
        ttl: seconds after which to ask again, if it said so.
        etag: of the HTTP answer, if it can be sent back.
        keys: the very set of keys that it was verified with.
    """

    statuses: StatusList
    issued_at: float
    expires_at: float
    ttl: int | None
    etag: str | None
    keys: KeySet


def _chance() -> float:
    return new_bytes(1)[0] / 255


class HeldList:
    """The last good answer about one list, and how old it is.

    Args:
        fail_open_for: seconds that an answer serves while there is no newer one.
        chance: between 0 and 1.

    Attributes:
        failing: whether the last try brought nothing, or takes too long.
        slow: whether nobody shall wait for the next try either.
        good_at: when the last good answer was asked for; `used_at`: when a token named the list last.
    """

    def __init__(self, fail_open_for: float, chance: Callable[[], float] = _chance) -> None:
        self._fail_open_for = fail_open_for
        self._chance = chance
        self._reading: Reading | None = None
        self._expires_at = self.good_at = self._tried_at = self.used_at = float("-inf")
        self._interval: float = RETRY
        self.failing = self.slow = False

    def accept(self, reading: Reading, now: float) -> None:
        """The issuer's answer, asked for at `now`.

        Raises:
            TokenRefused: `bad_claim`: somebody plays an older list back.
        """
        held = self._reading
        # After our own clock was set back, what is held seems to come from the future and rules nothing out.
        if held is not None and reading.issued_at < held.issued_at <= now + CLOCKS_DIFFER:
            if reading.statuses != held.statuses:
                raise TokenRefused("bad_claim", "iat", detail="older than the list that is held")
            # Another node of the issuer signed the same list before.
            reading = msgspec.structs.replace(reading, issued_at=held.issued_at)
        self._reading, self._expires_at = reading, reading.expires_at
        self.unchanged(now)

    def unchanged(self, now: float) -> None:
        """The issuer was asked at `now`, and has nothing newer. That makes no list good for longer than it says."""
        ttl = self._reading.ttl if self._reading is not None else None
        self._interval = min(ttl or POLL, POLL) * (1 - SPREAD * self._chance())
        self.good_at = self._tried_at = now
        self.failing = self.slow = False

    def fail(self, now: float) -> None:
        """The issuer was asked at `now`, and there was no good answer."""
        self._tried_at, self._interval, self.failing = now, RETRY, True

    def late(self) -> None:
        """The answer takes so long that nobody shall wait, until one has come."""
        self.failing = self.slow = True

    def etag(self, keys: KeySet, now: float) -> str | None:
        """What lets the issuer answer "not modified"; None when the list itself is wanted.

        That is when its keys have changed, so that it must be verified anew; and some time
        before it expires, so that it can still serve if the issuer is away then.
        """
        held = self._reading
        if held is None or held.keys is not keys or held.expires_at - now <= self._fail_open_for + POLL:
            return None
        return held.etag

    def due(self, now: float) -> bool:
        """Whether it is time to ask again."""
        return not within(self._interval, self._tried_at, now)

    def fresh(self, now: float) -> bool:
        """Whether the list serves without anybody waiting."""
        return within(SERVES, self.good_at, now) and now < self._expires_at

    def aged(self, now: float, *, asked: bool) -> bool:
        """Whether the list serves although it is not fresh. False: ask first.

        Args:
            asked: the issuer was asked for the sake of this very request.

        Raises:
            StatusUnknown: there is no list, or it is too old, and no answer to be had.
        """
        usable = within(self._fail_open_for, self.good_at, now) and now < self._expires_at
        if not asked and not self._hopeless(now, usable=usable):
            return False
        if not usable:
            raise StatusUnknown("status_unknown", retry_after=RETRY)
        return True

    def _hopeless(self, now: float, *, usable: bool) -> bool:
        """Whether asking is of no use: an issuer that is away must not make requests pile up."""
        return self.failing and (usable or not self.due(now))

    def is_set(self, idx: int) -> bool:
        """Whether the token at `idx` was taken back.

        Raises:
            TokenRefused: `bad_claim`: the list has no such index.
        """
        return self._reading is None or self._reading.statuses.is_set(idx)


class ListSource(Source, Protocol):
    """Whoever publishes one status list. `refresh` waits, but not for long."""

    held: HeldList


class StatusLists:
    """All lists of one issuer that tokens have named.

    Args:
        issuer: its URL; its lists lie under `/status/` there.
        source: makes the way to a list; gets its URI.
    """

    def __init__(self, issuer: str, source: Callable[[str], ListSource], counters: Counters) -> None:
        self._base = status_uri(issuer, "")
        self._source = source
        self._counters = counters
        self._lists: dict[str, ListSource] = {}
        self._due: dict[str, ListSource] = {}

    def check(self, claims: ReadClaims, now: float, known: Known) -> NeedStatus | None:
        """Let the token pass, or say which list must be asked for first.

        1. The list that the token names must be one of this issuer.
        2. It must be known, and young enough.
        3. The status of the token must be "valid". What an index outside of the list means is unknown.

        Raises:
            TokenRefused: `token_revoked`; `bad_claim`, the token names no status of this issuer.
            StatusUnknown: nobody can tell now.
        """
        if not isinstance(claims.status, TokenStatus):
            return None
        reference = claims.status.status_list
        source = self._lists.get(reference.uri) or self._met(reference.uri, now)
        held = source.held
        held.used_at = now
        fresh = held.fresh(now)
        if not fresh and not held.aged(now, asked=id(source) in known.asked):
            return NeedStatus(source)
        if held.due(now):
            self._due[reference.uri] = source
        if held.is_set(reference.idx):
            raise TokenRefused("token_revoked")
        if not fresh:
            self._counters.count("stale_status")
        return None

    @property
    def due(self) -> bool:
        """Whether a list that was used should be asked for again."""
        return bool(self._due)

    async def renew(self, now: float) -> None:
        """Ask for the lists that are due; requests are served meanwhile."""
        while self._due:
            _, source = self._due.popitem()
            if source.held.due(now):
                await source.renew(now)

    def ages(self, now: float) -> dict[str, float]:
        """How old each list is, in seconds, by its URI; infinite when it was never fetched."""
        return {uri: now - source.held.good_at for uri, source in list(self._lists.items())}

    def _met(self, uri: str, now: float) -> ListSource:
        """A list that no token has named before.

        The token was verified, so the issuer wrote this. Still its other addresses are
        not for gates to ask, and memory ends somewhere.
        """
        name = uri.removeprefix(self._base)
        if not uri.startswith(self._base) or len(name) > MAX_NAME or not _NAME.fullmatch(name):
            raise TokenRefused("bad_claim", "status", detail="the status list is not under the issuer's /status/")
        if len(self._lists) >= MAX_LISTS:
            self._make_room(now)
        return self._lists.setdefault(uri, self._source(uri))

    def _make_room(self, now: float) -> None:
        for uri, source in list(self._lists.items()):
            if not within(UNUSED, source.held.used_at, now):
                self._lists.pop(uri, None)
        if len(self._lists) >= MAX_LISTS:
            raise StatusUnknown("status_unknown", retry_after=UNUSED, detail="too many status lists are in use")
