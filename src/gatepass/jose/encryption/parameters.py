"""Header members that come with an encrypted key: a stranger's, each checked when it is asked for."""

from collections.abc import Mapping
from typing import Any

from gatepass.jose import base64url
from gatepass.jose.errors import NotBase64url, TokenRefused

MAX_P2C = 600_000
"""Most iterations that a password is hashed with, unless `jwe.decrypt` is told otherwise: the most we write ourselves.

Whoever sends a token picks the count, and the work is done before anything is verified (CVE-2022-36083 and its
like in a dozen libraries). So only keys bound to a PBES2 algorithm ever come here, and no further than this.
"""

LARGEST_P2C = 10_000_000
"""What the limit above can be raised to: some seconds of one core for one token."""


class Parameters:
    """The JOSE header as key management sees it.

    Args:
        header: the members.
        max_p2c: most iterations that `p2c` may ask for; whoever wraps a key asks nobody.
    """

    def __init__(self, header: Mapping[str, Any], max_p2c: int = 0) -> None:
        self._header, self.max_p2c = header, max_p2c

    def octets(self, name: str, size: int | None = None) -> bytes:
        """The base64url member `name`, of `size` bytes if given. Raises TokenRefused: malformed_token."""
        value: Any = self._header.get(name)
        try:
            data = base64url.decode(value)
        except NotBase64url:
            raise malformed(name) from None
        if size is not None and len(data) != size:
            raise malformed(name)
        return data

    def optional_octets(self, name: str) -> bytes:
        """The base64url member `name`; empty when it is not there. Raises TokenRefused: malformed_token."""
        return self.octets(name) if name in self._header else b""

    def count(self, name: str, least: int, most: int) -> int:
        """The whole number `name` within bounds. Raises TokenRefused: malformed_token."""
        value = self._header.get(name)
        if type(value) is not int or not least <= value <= most:  # True is an int as well
            raise malformed(name)
        return value

    def members(self, name: str) -> Mapping[str, Any]:
        """The JSON object `name`. Raises TokenRefused: malformed_token."""
        value = self._header.get(name)
        if not isinstance(value, Mapping):
            raise malformed(name)
        return value


def malformed(name: str) -> TokenRefused:
    """The refusal of a header parameter; `name` is ours, never text of the token."""
    return TokenRefused("malformed_token", detail=f"header: {name} is missing, of a wrong kind or beyond its bounds")
