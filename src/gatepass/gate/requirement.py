"""What a route asks of those it lets in."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypedDict

import msgspec

from gatepass.gate.identity import Identity
from gatepass.http.refusals import AccessRefused
from gatepass.kernel.clock import seconds
from gatepass.kernel.errors import Misuse

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_CLOCKS_DIFFER = 60
"""Seconds by which a sign-in may lie in the future; more says that the issuer's clock was set back."""


class Asked(TypedDict, total=False):
    """The words of `Requirement.of`, for those who pass them on."""

    scope: str | Iterable[str]
    any_scope: str | Iterable[str]
    fresh: str | int | None
    acr: str | Iterable[str]
    live: bool
    clients: bool


class Requirement(msgspec.Struct, frozen=True):
    """What must hold beyond a good credential. Without further words: a person.

    Attributes:
        scopes: all of these; `any_scopes`: at least one of these.
        fresh: the person proved who they are at most so many seconds ago (RFC 9470).
        acr: authentication context classes of which one must have been reached.
        live: the issuer is asked at this very request whether it still stands by the token.
        clients: programs that act for themselves are let in too.
    """

    scopes: frozenset[str] = frozenset()
    any_scopes: frozenset[str] = frozenset()
    fresh: int | None = None
    acr: tuple[str, ...] = ()
    live: bool = False
    clients: bool = False

    @classmethod
    def of(
        cls,
        *,
        scope: str | Iterable[str] = (),
        any_scope: str | Iterable[str] = (),
        fresh: str | int | None = None,
        acr: str | Iterable[str] = (),
        live: bool = False,
        clients: bool = False,
    ) -> "Requirement":
        """The requirement in the words of `Gate.require`.

        Args:
            scope: texts, or one text with spaces between (RFC 6749 section 3.3).
            any_scope: written the same way.
            fresh: seconds, or a text such as `5m`.
            acr: texts, or one text with spaces between.

        Raises:
            Misuse: a scope or acr has characters that do not belong there, or a duration cannot be read.
        """
        return cls(
            frozenset(_words(scope)),
            frozenset(_words(any_scope)),
            None if fresh is None else seconds(fresh),
            tuple(_words(acr)),
            live,
            clients,
        )

    def and_scopes(self, scopes: Sequence[str]) -> "Requirement":
        """This requirement with more scopes.

        Raises:
            Misuse: as `of`.
        """
        return _with_scopes(self, tuple(scopes))


@lru_cache(maxsize=1_024)
def _with_scopes(requirement: Requirement, scopes: tuple[str, ...]) -> Requirement:
    # A framework names the same few at every request.
    return msgspec.structs.replace(requirement, scopes=requirement.scopes.union(_words(scopes)))


PERSON = Requirement()
"""The least a route can ask: somebody with a good credential, and not a program."""


def decide(identity: Identity, requirement: Requirement, now: float) -> None:
    """Let `identity` pass, or say what is missing.

    1. A person, unless clients are welcome.
    2. The scopes (RFC 6750 section 3.1).
    3. Strength, then age of the sign-in (RFC 9470 section 3).

    Raises:
        AccessRefused: `person_required`, `insufficient_scope`, `insufficient_user_authentication`.
    """
    if requirement is PERSON and identity.kind == "person":
        return
    if identity.kind != "person" and not requirement.clients:
        raise AccessRefused("person_required")
    _check_scopes(identity, requirement)
    if requirement.acr and identity.acr not in requirement.acr:
        raise AccessRefused("insufficient_user_authentication", challenge={"acr_values": " ".join(requirement.acr)})
    if requirement.fresh is not None and not _fresh(identity.auth_time, requirement.fresh, now):
        raise AccessRefused("insufficient_user_authentication", challenge={"max_age": str(requirement.fresh)})


def _check_scopes(identity: Identity, requirement: Requirement) -> None:
    if not requirement.scopes <= identity.scopes:
        raise AccessRefused("insufficient_scope", challenge={"scope": " ".join(sorted(requirement.scopes))})
    if requirement.any_scopes and requirement.any_scopes.isdisjoint(identity.scopes):
        raise AccessRefused("insufficient_scope", challenge={"scope": " ".join(sorted(requirement.any_scopes))})


def _fresh(auth_time: int | None, limit: int, now: float) -> bool:
    # A token that does not say when the person signed in is as old as can be.
    return auth_time is not None and -_CLOCKS_DIFFER <= now - auth_time <= limit


def _words(value: str | Iterable[str]) -> list[str]:
    if not isinstance(value, Iterable):
        raise Misuse("A scope or acr is one text, or a list of texts.")
    words = [word for word in (value.split(" ") if isinstance(value, str) else value) if word != ""]
    for word in words:
        if not isinstance(word, str) or not _SCOPE.fullmatch(word):
            raise Misuse("A scope or acr is visible ASCII without spaces, quotes and backslashes.")
    return words
