"""Whom the inspector trusts: nobody, the town, or a secret or key that the visitor brings. Never the token."""

from collections.abc import Mapping
from dataclasses import dataclass

from gatepass import GatepassError, Key, KeySet, Secret
from gatepass.demo.hub.auth_server import AuthServer
from gatepass.demo.story.browser import NoAnswer
from gatepass.inspection import Admission, admit, keys_in
from gatepass.jose import unverified_header

TRUSTS = {
    "look": "Nobody: I only look",
    "town": "The town’s auth server",
    "secret": "A shared secret",
    "key": "A public key",
}
"""What can be picked, by name."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whose word counts, and for what.

    Attributes:
        source: where the keys came from; ask: whether the issuer may be asked whom it signed out.
    """

    keys: KeySet
    issuer: str
    audience: str
    typ: str
    source: str
    ask: bool

    def judge(self, token: str, now: float) -> Admission:
        """What a gate with this trust says to a token."""
        return admit(
            token,
            self.keys,
            issuer=self.issuer,
            audience=self.audience,
            typ=self.typ or None,
            ask=self.ask,
            now=now,
            source=self.source,
        )

    def key_for(self, token: str) -> Key | None:
        """The public key that this token names, or else the first one there is."""
        pairs = [key for key in self.keys if not key.symmetric]
        try:
            named = unverified_header(token).get("kid")
        except GatepassError:
            named = None
        return next((key for key in pairs if key.kid == named), pairs[0] if pairs else None)


class Unclear(Exception):
    """Nobody can be trusted with what was typed; the text says why, and repeats nothing of it."""


def trusted(fields: Mapping[str, str], town: AuthServer, town_issuer: str) -> Trusted | None:
    """What was picked; None for nobody.

    Raises:
        Unclear: something is missing, or of no use.
    """
    picked = fields["trust"]
    if picked == "look":
        return None
    issuer = town_issuer if picked == "town" else fields["issuer"].strip()
    audience, typ = fields["audience"].strip(), fields["typ"].strip()
    if not issuer:
        raise Unclear("A key does not say whose it is: name the issuer.")
    if not audience:
        raise Unclear("Name the service that the token must be for.")
    keys, source = _keys(picked, fields, town)
    # What a visitor brings may name any issuer: only our own is ever asked for anything.
    return Trusted(keys, issuer, audience, typ, source, ask=picked == "town")


def _keys(picked: str, fields: Mapping[str, str], town: AuthServer) -> tuple[KeySet, str]:
    try:
        keys, source = _of(picked, fields, town)
    except NoAnswer as nobody:
        raise Unclear(str(nobody)) from None
    except GatepassError as refused:
        raise Unclear(refused.message) from None
    if not any(key.verifies for key in keys):
        raise Unclear("There is no key in this that can check signatures.")
    return keys, source


def _of(picked: str, fields: Mapping[str, str], town: AuthServer) -> tuple[KeySet, str]:
    if picked == "town":
        keys = town.keys()
        shared = any(key.symmetric for key in keys)
        return keys, "the town’s secret and the auth server’s keys" if shared else "the auth server"
    if not fields[picked].strip():
        raise Unclear("Type the secret." if picked == "secret" else "Paste the key.")
    if picked == "key":
        return KeySet(keys_in(fields["key"].encode(errors="replace"))), "the key you pasted"
    return KeySet([Key.from_secret(Secret(fields["secret"]), alg="HS256")]), "the secret you typed"
