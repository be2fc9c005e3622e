"""Which scopes a token gets. Pure; a scope is text of space-separated names (RFC 6749 section 3.3)."""

import re
from collections.abc import Collection

from gatepass.server.clients.errors import GrantRefused

ABOUT_THE_PERSON = frozenset({"profile", "email"})
"""Scopes that put personal data into a token: they mean something everywhere, and are given only when asked for."""

MAX_CHARACTERS = 1_000
_NAME = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def parse_scope(text: str | None) -> tuple[str, ...] | None:
    """The names in a `scope` parameter, in order, without repetitions; None when it was left out or is empty.

    Raises:
        GrantRefused: `invalid_scope`: it is too long or has other characters.
    """
    if not text:
        return None
    names = tuple(dict.fromkeys(text.split(" ")))
    if len(text) > MAX_CHARACTERS or not all(_NAME.fullmatch(name) for name in names):
        raise GrantRefused("invalid_scope")
    return names


def granted_scope(asked: str | None, held: Collection[str], offered: Collection[str] | None = None) -> str:
    """What a sign-in is granted: what was asked for, as far as the person holds it and it means something there.

    Asked for nothing, the pre-defined default of RFC 6749 section 3.3 is given: all that
    the person holds, except what would put personal data into the token. Asking for more
    than is held is no error: the answer names what was given (RFC 6749 section 5.1).

    Args:
        asked: the `scope` parameter.
        held: scopes of the person.
        offered: scopes that mean something to the audience; None: all.

    Raises:
        GrantRefused: `invalid_scope`: the text is malformed.
    """
    names = parse_scope(asked)
    if names is None:
        names = tuple(sorted(set(held) - ABOUT_THE_PERSON))
    return _kept(names, held, offered)


def refreshed_scope(
    asked: str | None, granted: str, held: Collection[str], offered: Collection[str] | None = None
) -> str:
    """What a refreshed token gets: the grant, or the part asked for, as far as the person still holds it.

    Args:
        asked: the `scope` parameter; None: all that was granted (RFC 6749 section 6).
        granted: scope of the grant.

    Raises:
        GrantRefused: `invalid_scope`: it is malformed, or more than was granted (RFC 6749 section 6).
    """
    granted_names = tuple(granted.split())
    names = parse_scope(asked)
    if names is not None and not set(names) <= set(granted_names):
        raise GrantRefused("invalid_scope")
    return _kept(granted_names if names is None else names, held, offered)


def _kept(names: Collection[str], held: Collection[str], offered: Collection[str] | None) -> str:
    meant = names if offered is None else {*offered, *ABOUT_THE_PERSON}
    return " ".join(name for name in names if name in held and name in meant)
