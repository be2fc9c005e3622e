"""The declared audiences, and the answer to "for whom may this token be?"."""

import re
from collections.abc import Iterable, Sequence

from gatepass.http.urls import public_url
from gatepass.kernel.errors import Misuse
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.clients import queries
from gatepass.server.clients.errors import AudienceConflict, BadAudience, GrantRefused
from gatepass.server.clients.model import MAX_CHARACTERS, Audience, Target, audience_for
from gatepass.server.clients.scopes import parse_scope
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store

_GROUP = re.compile(r"[a-z][a-z0-9_-]{0,62}")
MAX_NAME = 255


class Clients:
    """Whom tokens may be for.

    Args:
        store: where audiences are kept.
        issuer: the auth server's own URL, an audience that is always there.
        configured: audiences from the settings; they are not stored, and win over stored ones.

    Attributes:
        issuer: as given.
    """

    def __init__(self, store: Store, *, issuer: str, configured: Iterable[Audience] = ()) -> None:
        self._store = store
        self.issuer = issuer
        self._configured = {audience.url: audience for audience in configured}

    async def target(self, requested: Sequence[str]) -> Target:
        """For whom the token of a request will be.

        Args:
            requested: values of the `resource` parameter (RFC 8707); none: the auth server itself.

        Raises:
            GrantRefused: `invalid_target`.
            StoreUnavailable: the database does not answer.
        """
        if not requested or set(requested) == {self.issuer}:
            return audience_for(requested, {}, self.issuer)
        return audience_for(requested, {one.url: one for one in await self.audiences()}, self.issuer)

    async def audiences(self) -> list[Audience]:
        """All declared audiences, by URL."""
        stored = {row[0]: queries.audience(row) for row in await self._store.read(queries.DECLARED())}
        return sorted({**stored, **self._configured}.values(), key=lambda audience: audience.url)

    async def add(
        self,
        url: str,
        *,
        name: str,
        now: float,
        source: Source,
        trust_group: str | None = None,
        scopes: str | None = None,
    ) -> Audience:
        """Declare an audience.

        Args:
            url: its public URL; a final slash is dropped.
            name: what to call it; 1 to 255 printable characters.
            now: seconds since the epoch.
            trust_group: `[a-z][a-z0-9_-]*`; its members may stand in one token together.
            scopes: what means something there, space-separated; None: everything.

        Raises:
            BadAudience: something is malformed.
            AudienceConflict: `audience_exists`.
        """
        audience = _checked(url, name, trust_group, scopes, int(now))
        if audience.url == self.issuer or audience.url in self._configured:
            raise AudienceConflict("audience_exists")
        add = queries.ADD(
            audience=audience.url,
            name=audience.name,
            trust_group=trust_group,
            scopes=None if audience.scopes is None else " ".join(audience.scopes),
            added_at=audience.added_at,
        )
        line = event("audience_added", at=now, source=source, detail={"audience": audience.url, "group": trust_group})
        try:
            await self._store.write(add, line)
        except Stale:
            raise AudienceConflict("audience_exists") from None
        return audience

    async def remove(self, url: str, *, now: float, source: Source) -> None:
        """Take an audience back. Tokens for it that are out live until they expire; none is made any more.

        Raises:
            AudienceConflict: `audience_unknown`: it is not declared, or by the settings only.
        """
        line = event("audience_removed", at=now, source=source, detail={"audience": url})
        try:
            await self._store.write(queries.REMOVE(audience=url), line)
        except Stale:
            raise AudienceConflict("audience_unknown") from None


def _checked(url: str, name: str, trust_group: str | None, scopes: str | None, added_at: int) -> Audience:
    try:
        normal, names = public_url(url), parse_scope(scopes)
    except (Misuse, GrantRefused):
        raise BadAudience("invalid_audience") from None
    if not (0 < len(name) <= MAX_NAME and name.isprintable()) or len(normal) > MAX_CHARACTERS:
        raise BadAudience("invalid_audience")
    if trust_group is not None and not _GROUP.fullmatch(trust_group):
        raise BadAudience("invalid_audience")
    return Audience(url=normal, name=name, trust_group=trust_group, scopes=names, added_at=added_at)
