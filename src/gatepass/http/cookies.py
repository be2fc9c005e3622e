"""Cookies whose name and flags follow from the public URL, decided once at start."""

import re
from dataclasses import dataclass

from gatepass.http.fields import field_name
from gatepass.http.urls import public_url
from gatepass.http.view import RequestView
from gatepass.kernel.errors import Misuse

_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")
_RESERVED = ("__host-", "__secure-")
MAX_CHARACTERS = 4_096
"""Name and value together; browsers silently drop longer ones (RFC 6265bis section 5.6)."""


@dataclass(frozen=True, slots=True)
class CookieRule:
    """How one cookie is named, read, set and cleared.

    Over https the name begins with `__Host-`: the browser then takes the cookie only from
    this very host, with Secure, Path=/ and no Domain (RFC 6265bis section 4.1.3.2), so no
    sibling site can plant one. The plain name is never read beside it.
    """

    name: str
    flags: str

    @classmethod
    def for_url(cls, public: str, name: str, *, same_site: str = "Lax", http_only: bool = True) -> "CookieRule":
        """The rule for a site that people reach under `public`.

        Args:
            public: the configured public URL; never the Host header of a request.
            name: without prefix.
            same_site: `Lax`, `Strict`, or over https `None`.
            http_only: whether scripts of the page are kept away from it.

        Raises:
            Misuse: plain http on a name that is not loopback, or a name or flag that is not valid.
        """
        secure = public_url(public).startswith("https:")
        if field_name(name).lower().startswith(_RESERVED):
            raise Misuse("A cookie is named without its prefix; __Host- is put before it over https.")
        if same_site not in ("Lax", "Strict", "None") or (same_site == "None" and not secure):
            raise Misuse("same_site is Lax, Strict, or over https None.")
        flags = ["Path=/", "Secure" if secure else "", "HttpOnly" if http_only else "", f"SameSite={same_site}"]
        return cls(f"__Host-{name}" if secure else name, "; ".join(flag for flag in flags if flag))

    def read(self, view: RequestView) -> str | None:
        """The cookie's value in this request, or None when it is absent or empty.

        Raises:
            RequestRefused: it came twice, or the Cookie header is too large.
        """
        return view.cookie(self.name) or None

    def set(self, value: str, max_age: int | None = None) -> str:
        """The Set-Cookie value that stores `value`.

        Args:
            max_age: seconds; None keeps it until the browser closes.

        Raises:
            Misuse: the value has characters outside RFC 6265 section 4.1.1, or is longer
                than browsers keep.
        """
        if not _VALUE.fullmatch(value):
            raise Misuse("A cookie value may hold visible ASCII characters without quotes, commas and semicolons.")
        if len(self.name) + len(value) > MAX_CHARACTERS:
            raise Misuse(f"The cookie {self.name} is longer than browsers keep.")
        lifetime = "" if max_age is None else f"Max-Age={int(max_age)}; "
        return f"{self.name}={value}; {lifetime}{self.flags}"

    def clear(self) -> str:
        """The Set-Cookie value that makes the browser forget the cookie."""
        return self.set("", max_age=0)
