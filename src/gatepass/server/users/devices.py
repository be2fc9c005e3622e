"""Devices that have signed a user in before: a value for a cookie, and nothing stored.

A known device has a sign-in budget of its own, so that strangers who guess at a
user's password lock out each other and not the user. The value is no credential: it
shows which queue one stands in, and the password is asked as ever.

    version (2) | id (12) | made at, seconds (5) | up to 3 tags (8 each) | MAC (16), in base64url

A tag is the keyed hash of an identifier that the user may type. With it the device is
known *for this user* before anybody looks the user up.
"""

import hashlib
import hmac
from collections.abc import Iterable

from gatepass.jose import base64url
from gatepass.kernel.clock import Clock, now
from gatepass.kernel.errors import Refused
from gatepass.kernel.ids import new_bytes, same
from gatepass.server.master import MasterSecret

PURPOSE = "device"
LIFETIME = 400 * 86_400
"""Seconds; browsers keep no cookie for longer (RFC 6265bis section 5.5)."""

_ID, _TAG, _MAC = 12, 8, 16
_HEAD = 2 + _ID + 5
_MAX_TAGS = 3
_MAX_CHARACTERS = 128


class Devices:
    """Makes and reads device values.

    Args:
        master: keys tags and MAC.
        clock: seconds since the epoch.
    """

    def __init__(self, master: MasterSecret, *, clock: Clock = now) -> None:
        self._master = master
        self._clock = clock

    def remember(self, identifiers: Iterable[str], before: str | None = None) -> str:
        """The value for a device that has just signed a user in.

        Args:
            identifiers: folded keys of what this user may type, three at most.
            before: what the device presented; its id goes on when it is for the same user.
        """
        names = list(dict.fromkeys(identifiers))[:_MAX_TAGS]
        kept = next((found for name in names if (found := self.known(before, name))), None)
        version = self._master.version
        key = self._master.current(PURPOSE)
        made = int(self._clock()).to_bytes(5, "big")
        tags = b"".join(_keyed(key, b"tag", name.encode())[:_TAG] for name in names)
        body = version.to_bytes(2, "big") + (kept or new_bytes(_ID)) + made + tags
        return base64url.encode(body + _keyed(key, b"mac", body)[:_MAC])

    def known(self, value: str | None, identifier: str) -> bytes | None:
        """The id of the device, when `value` was made here, not too long ago, for this identifier; else None."""
        body, key = self._genuine(value)
        if key is None:
            return None
        made = int.from_bytes(body[2 + _ID : _HEAD], "big")
        tag = _keyed(key, b"tag", identifier.encode())[:_TAG]
        tags = [body[at : at + _TAG] for at in range(_HEAD, len(body), _TAG)]
        if self._clock() - made > LIFETIME or not any(same(tag, one) for one in tags):
            return None
        return body[2 : 2 + _ID]

    def _genuine(self, value: str | None) -> tuple[bytes, bytes | None]:
        if not value or len(value) > _MAX_CHARACTERS:
            return b"", None
        try:
            raw = base64url.decode(value)
        except Refused:
            return b"", None
        body, mac = raw[:-_MAC], raw[-_MAC:]
        if len(body) < _HEAD or (len(body) - _HEAD) % _TAG:
            return b"", None
        key = self._master.derive(PURPOSE, int.from_bytes(body[:2], "big"))
        if key is None or not same(mac, _keyed(key, b"mac", body)[:_MAC]):
            return b"", None
        return body, key


def _keyed(key: bytes, label: bytes, message: bytes) -> bytes:
    return hmac.digest(key, label + b"\0" + message, hashlib.sha256)
