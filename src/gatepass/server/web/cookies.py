"""The two cookies of the auth server; names and flags follow the public URL, once, at start."""

from typing import NamedTuple

from gatepass.http.cookies import CookieRule

DEVICE_SECONDS = 365 * 86400
"""How long a browser is remembered as one that has signed in before; it proves nothing else."""


class Cookies(NamedTuple):
    """`session` recognises a signed-in person, `device` a browser that has signed in before."""

    session: CookieRule
    device: CookieRule

    @classmethod
    def at(cls, public_url: str) -> "Cookies":
        """The rules for a public URL.

        Raises:
            Misuse: the URL is plain http and not loopback.
        """
        return cls(
            CookieRule.for_url(public_url, "gatepass_session"), CookieRule.for_url(public_url, "gatepass_device")
        )
