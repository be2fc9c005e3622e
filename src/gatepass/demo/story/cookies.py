"""A browser's cookies for one host (RFC 6265): which are kept, for how long, and which go along with a request."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from gatepass.demo.clock import now

_SECONDS = re.compile("-?[0-9]+")


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie, as its Set-Cookie described it.

    Attributes:
        path: addresses below it get the cookie.
        ends: when it is dropped, in seconds since 1970; None when the browser is closed.
        secure: sent over https only.
        http_only: no script of the page sees it.
    """

    name: str
    value: str
    path: str = "/"
    ends: float | None = None
    secure: bool = False
    http_only: bool = False


def read(set_cookie: str, clock: Callable[[], float] = now) -> Cookie:
    """What a Set-Cookie header says."""
    pair, *rest = set_cookie.split(";")
    name, _, value = pair.strip().partition("=")
    said = {key.strip().lower(): told.strip() for key, _, told in (attribute.partition("=") for attribute in rest)}
    path = said.get("path", "")
    ends = _ends(said, clock)
    return Cookie(name, value, path if path.startswith("/") else "/", ends, "secure" in said, "httponly" in said)


def _ends(said: dict[str, str], clock: Callable[[], float]) -> float | None:
    # Max-Age wins over Expires, whichever comes first (RFC 6265 section 5.3).
    if _SECONDS.fullmatch(said.get("max-age", "")):
        return clock() + float(said["max-age"])
    try:
        return parsedate_to_datetime(said["expires"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None


class Jar:
    """The cookies of one host, whatever the port."""

    def __init__(self, clock: Callable[[], float] = now) -> None:
        self._clock = clock
        self._cookies: dict[tuple[str, str], Cookie] = {}

    def keep(self, set_cookie: str) -> None:
        """Do as a Set-Cookie says; one that has ended already removes the cookie."""
        cookie = read(set_cookie, self._clock)
        if cookie.name:
            self._cookies[cookie.name, cookie.path] = cookie

    def header(self, path: str, *, secure: bool) -> str:
        """The Cookie header of a request, or an empty text."""
        fitting = [cookie for cookie in self if _below(path, cookie.path) and (secure or not cookie.secure)]
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in fitting)

    def __iter__(self) -> Iterator[Cookie]:
        """Those that have not ended."""
        moment = self._clock()
        return (cookie for cookie in self._cookies.values() if cookie.ends is None or cookie.ends > moment)


def _below(path: str, above: str) -> bool:
    return path == above or path.startswith(above if above.endswith("/") else f"{above}/")
