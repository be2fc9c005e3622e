"""Client authentication: a confidential client shows that it is the one it says (RFC 6749 section 3.2.1)."""

from dataclasses import dataclass

from gatepass.kernel.clock import Clock, now
from gatepass.server.audit.model import Source
from gatepass.server.clients.confidential import ConfidentialClients
from gatepass.server.clients.model import Client
from gatepass.server.oauth.credentials import Presented
from gatepass.server.oauth.errors import OAuthRefused
from gatepass.server.oauth.throttle import ClientThrottle


@dataclass(frozen=True, slots=True)
class ClientAuthentication:
    """The check. `await authenticate(presented, source)`.

    Args:
        confidential: knows ids and secrets.
        throttle: how many wrong secrets an address may show.
        clock: seconds since the epoch.
    """

    confidential: ConfidentialClients
    throttle: ClientThrottle
    clock: Clock = now

    async def __call__(self, presented: Presented | None, source: Source) -> Client:
        """The client behind a request.

        1. There is a credential with a secret.
        2. From this address not too many wrong ones came.
        3. Id and secret belong together. A client that there is not costs the same as a wrong secret.

        Raises:
            OAuthRefused: `invalid_client` or `throttled`.
            StoreUnavailable: nobody can tell now.
        """
        if presented is None or presented.secret is None:
            raise OAuthRefused("invalid_client")
        async with self.throttle.attempt(presented.client_id, source):
            client = await self.confidential.recognise(presented.client_id, presented.secret, now=int(self.clock()))
            if client is None:
                raise OAuthRefused("invalid_client")
        return client
