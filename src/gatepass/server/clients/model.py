"""Clients and audiences as values, and the rule for whom a token may be. Pure."""

from collections.abc import Mapping, Sequence

import msgspec

from gatepass.http.urls import is_loopback, parse_url
from gatepass.kernel.errors import Misuse
from gatepass.server.clients.errors import GrantRefused

FIRST_PARTY = "gatepass-first-party"
"""The built-in public client: the pages, the JSON API, and whatever signs people in through it."""

RESOURCE_SERVER = "resource_server"
"""Kind of a client that asks about tokens, and gets none."""

MAX_TARGETS = 16
MAX_CHARACTERS = 255


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """A resource server that tokens may be made for.

    Attributes:
        url: the `aud` its gate asks for, compared character by character.
        name: what the operator calls it.
        trust_group: audiences of one group may stand in one token together; None: it stands alone.
        scopes: what means something there; None: everything.
        added_at: seconds since the epoch.
    """

    url: str
    name: str
    trust_group: str | None = None
    scopes: tuple[str, ...] | None = None
    added_at: int = 0


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A program that shows who it is with a secret.

    Attributes:
        id: public, random, never given again.
        name: what the operator calls it.
        kind: `resource_server`: it may ask whether tokens for `audience` are good.
        audience: URL, as its gate names itself.
        created_at: seconds since the epoch.
        rotated_at: when its secret was last replaced.
        previous_until: the first second in which the secret before is no longer good.
    """

    id: str
    name: str
    kind: str
    audience: str
    created_at: int
    rotated_at: int | None = None
    previous_until: int | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a token will be.

    Attributes:
        audiences: one, or several of one trust group.
        trust_group: the group they belong to, if any.
        offered: scopes that mean something to them; None: everything.
    """

    audiences: tuple[str, ...]
    trust_group: str | None = None
    offered: tuple[str, ...] | None = None


def is_known(client_id: str) -> bool:
    """Whether this is a client of ours."""
    return client_id == FIRST_PARTY


def audience_for(requested: Sequence[str], declared: Mapping[str, Audience], issuer: str) -> Target:
    """For whom the token of a request will be (RFC 8707 section 2, RFC 9700 section 2.3).

    1. Nothing asked: the auth server itself.
    2. The auth server stands alone: its own API accepts no token that others can replay.
    3. One: it is declared, or it and the issuer are both loopback (development).
    4. Several: all of them are declared, and in one trust group. Undeclared loopback
       audiences are never put together: nobody has said that they trust each other.

    Args:
        requested: values of `resource`, repetitions allowed.
        declared: audiences by URL.
        issuer: the auth server's own URL.

    Raises:
        GrantRefused: `invalid_target`.
    """
    wanted = tuple(dict.fromkeys(requested)) or (issuer,)
    if wanted == (issuer,):
        return Target(audiences=wanted)
    if issuer in wanted or len(wanted) > MAX_TARGETS:
        raise GrantRefused("invalid_target")
    if len(wanted) == 1 and wanted[0] not in declared and _both_loopback(wanted[0], issuer):
        return Target(audiences=wanted)
    return _declared_target([declared.get(url) for url in wanted])


def _declared_target(found: Sequence[Audience | None]) -> Target:
    known = [audience for audience in found if audience is not None]
    groups = {audience.trust_group for audience in known}
    if len(known) != len(found) or len(groups) != 1 or (len(known) > 1 and groups == {None}):
        raise GrantRefused("invalid_target")
    return Target(
        audiences=tuple(audience.url for audience in known), trust_group=groups.pop(), offered=_offered(known)
    )


def _offered(audiences: Sequence[Audience]) -> tuple[str, ...] | None:
    scopes: dict[str, None] = {}
    for audience in audiences:
        if audience.scopes is None:
            return None
        scopes.update(dict.fromkeys(audience.scopes))
    return tuple(scopes)


def _both_loopback(url: str, issuer: str) -> bool:
    if len(url) > MAX_CHARACTERS:
        return False
    try:
        return is_loopback(parse_url(url).host) and is_loopback(parse_url(issuer).host)
    except Misuse:
        return False
