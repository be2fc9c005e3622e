"""How somebody is shown to others: by what their token says, which the gate has verified."""

import hashlib
import json
from typing import NamedTuple

from gatepass import Identity
from gatepass.demo.sites.texts import TextRefused, one_line

LONGEST_NAME = 40


class Person(NamedTuple):
    """Somebody in the room.

    Attributes:
        issuer, subject: who it is, for ever.
        id: the same for others to see; it leads back to nobody.
        name: what others read.
    """

    issuer: str
    subject: str
    id: str
    name: str

    def shown(self) -> dict[str, str]:
        """What others are told."""
        return {"id": self.id, "name": self.name}


def person(who: Identity) -> Person:
    """The person that a token names."""
    id_ = public_id(who.issuer, who.subject)
    return Person(who.issuer, who.subject, id_, _name(who) or f"Somebody ({id_[:4]})")


def public_id(issuer: str, subject: str) -> str:
    """A person's id in this chat. A subject is random, so nobody finds it by trying."""
    text = json.dumps([issuer, subject]).encode()
    return hashlib.blake2b(text, digest_size=8, person=b"gatepass chat").hexdigest()


def _name(who: Identity) -> str:
    """The name, which anybody may choose, with the username, which nobody else has, unless they are the same."""
    name, username = _fit(who.name), _fit(who.username)
    if not name or not username or name.lower() == username.lower():
        return name or username
    return f"{name} ({username})"


def _fit(text: str | None) -> str:
    try:
        return one_line(text or "", LONGEST_NAME)
    except TextRefused:
        return ""
