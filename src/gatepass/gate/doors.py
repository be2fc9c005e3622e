"""The strategies of a gate, each as one function that the core can ask without I/O.

A door answers with an identity, with what it needs to know first, or with None when
the request has nothing for it. It raises when what it found is bad.
"""

from collections.abc import Callable, Collection

import msgspec

from gatepass.gate.identity import Identity
from gatepass.gate.need import Answered, Known, Need, NeedAnswer
from gatepass.gate.strategies import ServerSession, TokenCarrier
from gatepass.gate.strategy import Strategy
from gatepass.gate.trust import Trusted
from gatepass.http.origins import guard
from gatepass.http.view import RequestView
from gatepass.kernel.errors import Misuse

SHOWN = "shown"
"""`Identity.scheme` of a token that did not come in a request."""

Door = Callable[[RequestView, float, Known, bool], Identity | Need | None]
"""(view, now, known, live) → see above; `live` asks issuers about the token itself."""


def token_door(carrier: TokenCarrier, trusted: Trusted, origins: Collection[str]) -> Door:
    """A place for tokens. What a browser sends by itself pays for a change only on our own pages."""
    find, scheme, ambient, identity = carrier.token, carrier.scheme, carrier.ambient, trusted.identity

    def look(view: RequestView, now: float, known: Known, live: bool) -> Identity | Need | None:
        token = find(view)
        if not isinstance(token, str):
            return token
        if ambient:
            guard(view, origins)
        return identity(token, scheme, now, known, live)

    return look


def shown_door(token: str, trusted: Trusted) -> Door:
    """A token that the service already holds, from a message of a WebSocket or from a queue."""
    return lambda view, now, known, live: trusted.identity(token, SHOWN, now, known, live)


def session_door(session: ServerSession, origins: Collection[str]) -> Door:
    """A classic session of the service."""

    def look(view: RequestView, now: float, known: Known, live: bool) -> Identity | None:
        secret = session.secret(view)
        if secret is None:
            return None
        guard(view, origins)
        return session.identity(secret, now)

    return look


def strategy_door(strategy: Strategy, origins: Collection[str]) -> Door:
    """Somebody's own strategy, which may do I/O: a shell asks it."""

    def look(view: RequestView, now: float, known: Known, live: bool) -> Identity | Need | None:
        answered = known.answers.get(id(strategy))
        if answered is None:
            return NeedAnswer(strategy)
        if answered.identity is not None and answered.ambient:
            guard(view, origins)
        return answered.identity

    return look


async def ask(strategy: Strategy, view: RequestView) -> Answered:
    """What `strategy` says about `view`.

    Raises:
        Refused: it found something bad.
        Misuse: it returned something that is neither an identity nor None.
    """
    watched = _Watched(view)
    identity = await strategy(watched)
    if identity is not None and not isinstance(identity, Identity):
        raise Misuse(f"The strategy {strategy.scheme} returned neither an Identity nor None.")
    if identity is not None and not identity.scheme:
        identity = msgspec.structs.replace(identity, scheme=strategy.scheme)
    return Answered(identity, watched.read_a_cookie)


class _Watched(RequestView):
    """A view that remembers whether a cookie was found in it: such a credential is sent without being asked for."""

    __slots__ = ("_view", "read_a_cookie")

    def __init__(self, view: RequestView) -> None:
        super().__init__(view.method, view.path, scheme=view.scheme, query=view.query, peer=view.peer, body=view.body)
        self._view = view
        self.read_a_cookie = False

    def header(self, name: str) -> str | None:
        value = self._view.header(name)
        if value is not None and name.lower() == "cookie":
            self.read_a_cookie = True
        return value

    def cookie(self, name: str) -> str | None:
        value = self._view.cookie(name)
        if value is not None:
            self.read_a_cookie = True
        return value
