"""Asking an issuer whether a token is good at this very moment (RFC 7662)."""

import logging
from binascii import b2a_base64
from concurrent.futures import Future
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import quote_plus

import msgspec

from gatepass.fetch import Fetched, FetchFailed, post
from gatepass.fetch.threads import in_thread
from gatepass.gate.endpoint import TIMEOUT, Endpoint, document
from gatepass.gate.errors import StatusUnknown
from gatepass.gate.identity import Identity
from gatepass.gate.metrics import Counters
from gatepass.kernel.clock import Clock
from gatepass.kernel.decoding import decode_json
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.kernel.secret import Secret

MAX_ASKING = 16
"""Questions to one issuer at once: half of the threads that may fetch, so that keys and lists still come."""

DEADLINE = 5.0
"""Seconds that a request waits for the answer, whatever has to be looked up on the way."""

ANSWER_BYTES = 65_536

_log = logging.getLogger("gatepass.gate")


class ClientSecret:
    """What this service shows an issuer to be let in (RFC 6749 section 2.3.1). It does not show itself.

        Gate(trust="https://id.example.com", audience=…, client=ClientSecret("shop", Secret.env("SHOP_SECRET")))

    Args:
        id: the client id that the issuer knows the service by.
        secret: what proves it.

    Raises:
        Misuse: the id is empty or no text, or the secret is none.
    """

    __slots__ = ("_secret", "id")

    def __init__(self, id: str, secret: Secret | str) -> None:
        if not isinstance(id, str) or not id:
            raise Misuse("A ClientSecret has an id: the name that the issuer knows this service by.")
        self.id = id
        self._secret = secret if isinstance(secret, Secret) else Secret(secret)

    def basic(self) -> str:
        """The Authorization value of `client_secret_basic`: id and secret are form-encoded first."""
        pair = f"{quote_plus(self.id)}:{quote_plus(self._secret.reveal())}"
        return f"Basic {b2a_base64(pair.encode('ascii'), newline=False).decode()}"

    def __repr__(self) -> str:
        return f"ClientSecret({self.id!r}, …)"

    def __reduce__(self) -> Any:
        raise Misuse("A secret cannot be pickled.")


class _State(msgspec.Struct, frozen=True):
    """What an issuer says of a token (RFC 7662 section 2.2), as far as a gate holds it against the token."""

    active: bool
    sub: str | None = None
    iss: str | None = None
    exp: float | None = None


class Introspector:
    """Asks one issuer. Nothing is remembered: whoever asks wants to know how it is now.

    Args:
        issuer: its URL.
        client: who asks.
        counters: where questions are counted.
        clock: seconds since the epoch.
    """

    def __init__(self, issuer: str, client: ClientSecret, counters: Counters, clock: Clock) -> None:
        self._endpoint = Endpoint(issuer, "introspection_endpoint")
        self._client = client
        self._counters = counters
        self._clock = clock
        self._free = BoundedSemaphore(MAX_ASKING)
        self._failing = False

    def of(self, token: str) -> "AskedAbout":
        """The question about one token."""
        return AskedAbout(self, token)

    async def is_active(self, token: str, identity: Identity) -> bool:
        """Whether the issuer still stands by the token.

        Raises:
            StatusUnknown: it cannot be asked, answers nonsense, or enough questions are waiting already.
        """
        import asyncio  # whoever awaits has loaded it

        try:
            async with asyncio.timeout(DEADLINE):
                return await asyncio.wrap_future(self._asked(token, identity))
        except (GatepassError, TimeoutError) as error:
            self._failed(error)
            raise StatusUnknown("status_unknown") from None

    def _asked(self, token: str, identity: Identity) -> "Future[bool]":
        if not self._free.acquire(blocking=False):
            raise FetchFailed("fetch_busy", detail=f"{MAX_ASKING} questions are waiting")
        try:
            asked = in_thread(lambda: self._ask(token, identity))
        except BaseException:
            self._free.release()
            raise
        asked.add_done_callback(lambda _: self._free.release())
        return asked

    def _ask(self, token: str, identity: Identity) -> bool:
        """1. Where. 2. The question. 3. The answer, which must be about this token and no other."""
        self._counters.count("introspections")
        url = self._endpoint.find(self._clock())
        answer = post(
            url,
            {"token": token, "token_type_hint": "access_token"},
            max_bytes=ANSWER_BYTES,
            timeout=TIMEOUT,
            headers=[("authorization", self._client.basic()), ("accept", "application/json")],
        )
        state = _state(answer, url)
        self._failing = False
        if state.active:
            self._check(state, identity)
        return state.active

    def _check(self, state: _State, identity: Identity) -> None:
        # A cache or a mix-up on the way could bring the answer about somebody else's token.
        issuer = self._endpoint.issuer if state.iss is None else state.iss
        expires_at = None if state.exp is None else int(state.exp)
        if (state.sub, issuer, expires_at) != (identity.subject, self._endpoint.issuer, identity.expires_at):
            raise FetchFailed("fetch_malformed", detail="the answer is about another token: sub, iss and exp differ")

    def _failed(self, error: Exception) -> None:
        self._endpoint.forget()
        self._counters.count("introspection_failures")
        if not self._failing:
            detail = getattr(error, "detail", "") or "no answer in time"
            _log.warning("No introspection at the issuer %s: %s", self._endpoint.issuer, detail)
        self._failing = True


class AskedAbout(msgspec.Struct, frozen=True):
    """A token that its issuer can be asked about. It is a credential and does not show itself."""

    introspector: Introspector
    token: str

    async def is_live(self, identity: Identity, /) -> bool:
        """See `LiveIssuer`."""
        return await self.introspector.is_active(self.token, identity)

    def __repr__(self) -> str:
        return "AskedAbout(…)"


def _state(answer: Fetched, url: str) -> _State:
    if answer.status == 401:
        raise FetchFailed("fetch_malformed", detail=f"{url} does not know the client, or its secret is another")
    return decode_json(document(answer, url), _State, max_bytes=ANSWER_BYTES, unique_names=True)
