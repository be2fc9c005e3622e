"""What anybody's own strategy looks like."""

from typing import Protocol, runtime_checkable

from gatepass.gate.identity import Identity
from gatepass.http.view import RequestView


@runtime_checkable
class Strategy(Protocol):
    """One way to recognise who is asking.

        class ApiKey:
            scheme = "api-key"

            async def __call__(self, request):
                key = request.header("x-api-key")
                if key is None:
                    return None
                owner = await owners.find(key)
                if owner is None:
                    raise TokenRefused("malformed_token")
                return Identity(owner)

    Attributes:
        scheme: one word for this way, shown in `Identity.scheme` and OpenAPI.
    """

    scheme: str

    async def __call__(self, request: RequestView, /) -> Identity | None:
        """Who is asking; None when nothing here is for this strategy.

        A strategy that reads a cookie need not think of other sites: the gate notices,
        and lets an unsafe method or a WebSocket pass only when the service's own pages ask.

        Raises:
            Refused: a credential is here, and it is bad. No other strategy is asked then.
        """
