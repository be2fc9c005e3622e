"""What attackers of the OAuth endpoints may have got hold of, and how they put a request together."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.support.forge import segment, unb64
from tests.support.oauth import Service, raw_basic

FORM = "application/x-www-form-urlencoded"
REVOKE, INTROSPECT = "/oauth/revoke", "/oauth/introspect"
FIRST_PARTY = "gatepass-first-party"
KELVIN = "\N{KELVIN SIGN}"
"""Becomes a k when somebody lowers it."""


@dataclass(frozen=True)
class World:
    """What an attacker may have got hold of; `access` and `refresh` are somebody else's and good.

    Attributes:
        bank, shop: services; tokens are for the bank.
        access, refresh: tokens of one sign-in.
        own: what this server signs with any claims and `typ`.
        published: the JWK set.
        expired, ended, foreign: access tokens for the bank that are over, signed out, of another server.
        removed: the header of a service that was taken out.
    """

    bank: Service
    shop: Service
    access: str
    refresh: str
    own: Callable[[dict[str, Any], str], str]
    published: dict[str, Any]
    expired: str
    ended: str
    foreign: str
    removed: dict[str, str]
    password: str

    @property
    def parts(self) -> list[str]:
        """The segments of the good access token."""
        return self.access.split(".")

    @property
    def claims(self) -> dict[str, Any]:
        """What the good access token says."""
        found: dict[str, Any] = json.loads(unb64(self.parts[1]))
        return found

    @property
    def header(self) -> dict[str, Any]:
        """The header of the good access token."""
        found: dict[str, Any] = json.loads(unb64(self.parts[0]))
        return found

    def signed(self, typ: str = "at+jwt", **changes: Any) -> str:
        """A token with a good signature and other claims; None leaves one out."""
        claims = {**self.claims, **changes}
        return self.own({name: value for name, value in claims.items() if value is not None}, typ)


Request = dict[str, Any]


class Attack(NamedTuple):
    """One request, and the status and error that answer it; error None: a 200 that says nothing."""

    name: str
    path: str
    request: Callable[[World], Request]
    status: int
    error: str | None = None


def asked(**request: Any) -> Request:
    """A POST with what is given."""
    return {"method": "POST", **request}


def shown(header: Callable[[World], dict[str, str]], **data: str) -> Callable[[World], Request]:
    """Introspect the good token with another credential."""
    return lambda world: asked(headers=header(world), data={"token": world.access, **data})


def with_basic(credentials: Callable[[World], bytes]) -> Callable[[World], Request]:
    """Introspect the good token with these bytes in the Basic header."""
    return shown(lambda world: raw_basic(credentials(world)))


def with_value(value: Callable[[World], str]) -> Callable[[World], Request]:
    """Introspect the good token with this Authorization header."""
    return shown(lambda world: {"authorization": value(world)})


def posted(**data: Callable[[World], str]) -> Callable[[World], Request]:
    """Introspect the good token with parameters in the body, and no header."""
    return lambda world: asked(data={"token": world.access, **{name: make(world) for name, make in data.items()}})


def about(make: Callable[[World], str]) -> Callable[[World], Request]:
    """Introspect, as the bank and with its secret, a token that is not good."""
    return lambda world: asked(headers=world.bank.header, data={"token": make(world)})


def body(content: Callable[[World], str | bytes], kind: str = FORM) -> Callable[[World], Request]:
    """Introspect, as the bank, with these bytes as the body."""
    return lambda world: asked(headers={**world.bank.header, "content-type": kind}, content=content(world))


def revoking(make: Callable[[World], str], **data: str) -> Callable[[World], Request]:
    """Revoke without a secret."""
    return lambda world: asked(data={"token": make(world), **data})


def pair(world: World) -> str:
    """Id and secret with their colon."""
    return f"{world.bank.id}:{world.bank.secret}"


def padded(world: World) -> bytes:
    """A good credential that base64 pads: with its first character percent-encoded."""
    client_id, secret = world.bank.id, world.bank.secret
    return f"{client_id}:%{ord(secret[0]):02X}{secret[1:]}".encode()


def flipped(text: str, at: int) -> str:
    """The text with another character at one place."""
    return f"{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}"


def altered(world: World, **changes: Any) -> str:
    """The good token with other claims under the same signature."""
    head, _, signature = world.parts
    return f"{head}.{segment({**world.claims, **changes})}.{signature}"


def query(world: World) -> str:
    """Everything, as it must never be sent."""
    return f"token={world.access}&client_id={world.bank.id}&client_secret={world.bank.secret}"
