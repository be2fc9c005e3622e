"""The gate for FastAPI: a security dependency.

    gate = Gate(trust="https://id.example.com", audience="https://shop.example.com")

    @app.get("/orders")
    async def orders(who: Annotated[Identity, Security(gate, scopes=["orders:read"])]): ...

    @app.post("/orders")
    async def order(who: Annotated[Identity, Depends(gate.require(fresh="5m"))]): ...

It serves WebSocket routes as well. In tests, `app.dependency_overrides[gate]` replaces it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

from fastapi.openapi.models import APIKey, APIKeyIn, HTTPBase, HTTPBearer
from fastapi.openapi.models import SecurityBase as Scheme
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from gatepass.gate import BearerToken, Identity
from gatepass.gate import Gate as CoreGate
from gatepass.gate.gate import Accepted
from gatepass.gate.requirement import PERSON, Asked, Requirement
from gatepass.gate.strategies.cookie import SiteCookie
from gatepass.gate.wire import body_of, send_answer
from gatepass.http.answers import Answer
from gatepass.http.view import RequestView
from gatepass.kernel.errors import GatepassError, Misuse

__all__ = ["Gate", "GateRefusal", "Identity", "Required"]


class Gate(CoreGate, SecurityBase):
    """A gate that is a FastAPI dependency. Arguments: see `gatepass.gate.Gate`.

    Attributes:
        scheme_name: name of the security scheme in OpenAPI; two gates of one app need two.
    """

    scheme_name = "Gatepass"

    @property
    def model(self) -> Scheme:  # type: ignore[override]  # read only by FastAPI as well
        """The OpenAPI security scheme: that of the first place in which the gate looks."""
        return _scheme(self.accept[0])

    async def __call__(self, connection: HTTPConnection, scopes: SecurityScopes) -> Identity:
        """Who is asking: a person with the scopes of `Security(gate, scopes=[…])`.

        Raises:
            GateRefusal: the request is not let in.
        """
        return await self.let_in(connection, PERSON, scopes.scopes)

    def require(self, **words: Unpack[Asked]) -> "Required":
        """A dependency that asks for more, in the words of `Requirement.of`.

        Equal requirements of one gate are equal dependencies, so that
        `dependency_overrides[gate.require(fresh="5m")]` finds it.

        Raises:
            Misuse: a word cannot be read, or asks for what the trust cannot tell.
        """
        return Required(self, self.requirement(**words))

    async def let_in(self, connection: HTTPConnection, requirement: Requirement, scopes: Sequence[str]) -> Identity:
        """Who is asking, if they meet `requirement` and hold `scopes` as well.

        Raises:
            GateRefusal: the request is not let in.
        """
        view = RequestView.from_scope(connection.scope)
        try:
            wanted = requirement.and_scopes(scopes) if scopes else requirement
            return await self.admit(view, wanted, lambda: body_of(connection))
        except Misuse:
            raise
        except GatepassError as error:
            raise _refusal(self.answer(error, view), error, connection) from None


@dataclass(frozen=True)
class Required(SecurityBase):
    """`gate` with a requirement."""

    gate: Gate
    requirement: Requirement

    @property
    def model(self) -> Scheme:  # type: ignore[override]  # read only by FastAPI as well
        """The security scheme of the gate."""
        return self.gate.model

    @property
    def scheme_name(self) -> str:  # type: ignore[override]
        """The name of it."""
        return self.gate.scheme_name

    async def __call__(self, connection: HTTPConnection, scopes: SecurityScopes) -> Identity:
        """See `Gate.__call__`."""
        return await self.gate.let_in(connection, self.requirement, scopes.scopes)


class GateRefusal(HTTPException):
    """A request that was not let in, on its way to the client.

    An `HTTPException`, as FastAPI's own security classes raise; a handler of the app for
    this class, or for the status, answers instead of the gate.

    Attributes:
        error: why.
        answer: what the client is told.
    """

    def __init__(self, error: GatepassError, answer: Answer) -> None:
        super().__init__(answer.status, error.message, dict(answer.headers))
        self.error = error
        self.answer = answer


def _refusal(answer: Answer, error: GatepassError, connection: HTTPConnection) -> GateRefusal:
    """The exception, after making sure that the app knows how to answer it.

    FastAPI's own handler would wrap the body in `detail`. The table of handlers that the
    app put into the scope takes ours as well, so nobody has to install it; without that
    table the answer is still a refusal with the right status and challenge.
    """
    handlers, _ = connection.scope.get("starlette.exception_handlers", ({}, {}))
    handlers.setdefault(GateRefusal, _handle)
    return GateRefusal(error, answer)


async def _handle(_connection: HTTPConnection, refusal: GateRefusal) -> "_Reply":
    return _Reply(refusal.answer)


class _Reply:
    """An answer as the ASGI app that Starlette calls to send a response, or to refuse a handshake."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_answer(self._answer, scope, send)


def _scheme(first: Accepted) -> Scheme:
    cookie = getattr(first, "cookie", None)
    if isinstance(first, BearerToken):
        return HTTPBearer(bearerFormat="JWT")
    if isinstance(cookie, SiteCookie):
        return APIKey.model_validate({"in": APIKeyIn.cookie, "name": cookie.rule.name})
    return HTTPBase(scheme=first.scheme)
