"""The text of a refresh token: `family.generation.mac`.

The server stores no token. Whoever holds the row and the master secret can write the
token of any generation down again; whoever holds only the database cannot. All
tokens of a family are made with the version of the secret in its row, so an old
version stays listed until the families made with it have run out.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from gatepass.jose import base64url
from gatepass.kernel.ids import same

PURPOSE = "refresh-token"
"""What `MasterSecret.derive` is asked for."""

MAX_CHARACTERS = 128
_FORM = re.compile(r"(?P<family>[A-Za-z0-9_-]{22})\.(?P<generation>0|[1-9][0-9]{0,14})\.(?P<mac>[A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token as it was presented. Nothing in it is proved until `genuine` says so."""

    family: str
    generation: int
    text: str = field(repr=False)


def parse(text: str) -> RefreshToken | None:
    """The parts of a refresh token, or None when the text has not its form."""
    found = _FORM.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    if found is None:
        return None
    return RefreshToken(found["family"], int(found["generation"]), text)


def write(key: bytes, *, version: int, family: str, generation: int, salt: bytes) -> str:
    """The token of one generation.

    The fields of the MAC (HMAC-SHA256) carry their length in front, so no two
    different lists of fields make the same input.

    Args:
        key: 32 bytes, derived for `PURPOSE`.
        version: version of the master secret that `key` comes from.
        salt: the 16 bytes in the family's row.
    """
    fields = (PURPOSE.encode(), b"%d" % version, family.encode(), b"%d" % generation, salt)
    message = b"".join(len(part).to_bytes(4, "big") + part for part in fields)
    mac = base64url.encode(hmac.digest(key, message, hashlib.sha256))
    return f"{family}.{generation}.{mac}"


def genuine(token: RefreshToken, key: bytes, *, version: int, salt: bytes) -> bool:
    """Whether this server made the token, found out in constant time."""
    expected = write(key, version=version, family=token.family, generation=token.generation, salt=salt)
    return same(expected.encode(), token.text.encode())
