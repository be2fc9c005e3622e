"""Programs that show who they are with a secret (RFC 6749 section 2.1: confidential clients)."""

import re

from gatepass.http.urls import public_url
from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import new_id, new_secret, same
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.clients import queries
from gatepass.server.clients.errors import AudienceConflict, BadClient, ClientConflict
from gatepass.server.clients.model import RESOURCE_SERVER, Client
from gatepass.server.clients.service import MAX_NAME, Clients
from gatepass.server.store.call import Call
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Row, Store
from gatepass.tokens.sessions import hash_secret

OVERLAP = 86_400
"""Seconds for which the secret before goes on after a rotation: the service is told the new one meanwhile."""
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_NO_HASH = bytes(32)


class ConfidentialClients:
    """The clients with a secret.

    Secrets are random and stored as SHA-256 only; each is shown once, to the operator who
    asked for it. Every method raises `StoreUnavailable` when the database does not answer.

    Args:
        store: where they are kept.
        clients: knows the declared audiences.
    """

    def __init__(self, store: Store, clients: Clients) -> None:
        self._store = store
        self._clients = clients

    async def all(self) -> list[Client]:
        """All clients, by name."""
        return [queries.client(row) for row in await self._store.read(queries.CLIENTS())]

    async def add(self, name: str, *, audience: str, now: float, source: Source) -> tuple[Client, str]:
        """Give a resource server an id and a secret, so that it may ask about tokens that name it.

        Args:
            name: what to call it; 1 to 255 printable characters.
            audience: the declared audience that it is; a final slash is dropped.
            now: seconds since the epoch.

        Returns:
            The client, and its secret, which nobody can read again.

        Raises:
            BadClient: the name.
            AudienceConflict: `audience_unknown`: the audience is not declared.
        """
        if not (0 < len(name) <= MAX_NAME and name.isprintable()):
            raise BadClient("client_name_invalid")
        url = await self._declared(audience)
        client = Client(id=new_id(), name=name, kind=RESOURCE_SERVER, audience=url, created_at=int(now))
        secret = new_secret()
        add = queries.ADD_CLIENT(
            id=client.id,
            name=name,
            kind=client.kind,
            audience=url,
            secret_hash=hash_secret(secret),
            now=client.created_at,
        )
        detail = {"name": name, "kind": client.kind, "audience": url}
        await self._store.write(add, event("client_added", at=now, source=source, client=client.id, detail=detail))
        return client, secret

    async def rotate(self, client_id: str, *, now: float, source: Source, overlap: int = OVERLAP) -> tuple[Client, str]:
        """Give a client a new secret. Never more than two are good.

        Args:
            overlap: seconds for which the secret before goes on; 0 when somebody else has it.

        Returns:
            The client, and its new secret.

        Raises:
            ClientConflict: `client_unknown`.
        """
        secret, until = new_secret(), int(now) + overlap
        rotate = queries.ROTATE_SECRET(
            id=client_id, secret_hash=hash_secret(secret), previous_until=until, now=int(now)
        )
        line = event("client_secret_rotated", at=now, source=source, client=client_id, detail={"previous_until": until})
        [row], _ = await self._change(rotate, line)
        return queries.client(row), secret

    async def remove(self, client_id: str, *, now: float, source: Source) -> None:
        """Let a client in no more.

        Raises:
            ClientConflict: `client_unknown`.
        """
        remove = queries.REMOVE_CLIENT(id=client_id, now=int(now))
        await self._change(remove, event("client_removed", at=now, source=source, client=client_id))

    async def recognise(self, client_id: str, secret: str, *, now: int) -> Client | None:
        """The client whose id and secret these are.

        Every guess at an id costs the same: one look-up, one hash and two comparisons in
        constant time, whether or not there is such a client.
        """
        rows = await self._store.read(queries.CLIENT(id=client_id)) if _ID.fullmatch(client_id) else []
        *fields, current, previous = rows[0] if rows else (_NO_HASH, None)
        client = queries.client(fields) if rows else None
        presented = hash_secret(secret)
        is_current, is_previous = same(presented, current), same(presented, previous or _NO_HASH)
        if client is None or not (is_current or (is_previous and now < (client.previous_until or 0))):
            return None
        return client

    async def _declared(self, audience: str) -> str:
        try:
            url = public_url(audience)
        except Misuse:
            raise AudienceConflict("audience_unknown") from None
        if url not in {one.url for one in await self._clients.audiences()}:
            raise AudienceConflict("audience_unknown")
        return url

    async def _change(self, *unit: Call) -> list[list[Row]]:
        try:
            return await self._store.write(*unit)
        except Stale:
            raise ClientConflict("client_unknown") from None
