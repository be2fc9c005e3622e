"""Sending a person to the sign-in page, and telling it where they wanted to go."""

from urllib.parse import quote

from gatepass.http.answers import Answer
from gatepass.http.origins import is_navigation
from gatepass.http.paths import local_path
from gatepass.http.urls import parse_url
from gatepass.http.view import RequestView
from gatepass.kernel.errors import Misuse

_PATH_CHARACTERS = "/-._~!$&'()*+,;=:@"


class LoginPage:
    """The page where people sign in.

    Args:
        url: a local path, or an https (on loopback http) URL; it gets `?next=` with a local path.

    Raises:
        Misuse: it is neither.
    """

    def __init__(self, url: str) -> None:
        if not isinstance(url, str):
            raise Misuse("login_url= is a local path or a URL.")
        self._local = url.startswith("/")
        if self._local and local_path(url, default="") != url:
            raise Misuse("login_url= is not a plain local path.")
        if not self._local:
            parse_url(url)
        self._url = url
        self._path = url.partition("?")[0]

    def redirect(self, view: RequestView) -> Answer | None:
        """303 to the page (RFC 9110 section 15.4.4), or None unless a person is navigating to another one.

        Raises:
            RequestRefused: a header that may come once came twice.
        """
        if not is_navigation(view) or (self._local and view.path == self._path):
            return None
        wanted = quote(view.path, safe=_PATH_CHARACTERS, errors="replace") + (f"?{view.query}" if view.query else "")
        separator = "&" if "?" in self._url else "?"
        location = f"{self._url}{separator}next={quote(local_path(wanted), safe='')}"
        return Answer(303, (("location", location), ("cache-control", "no-store"), ("vary", "Cookie")))
