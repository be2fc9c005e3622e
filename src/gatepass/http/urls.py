"""URLs that the operator configures, read strictly.

No tolerant parser: browsers, resolvers and `urllib` disagree about white space,
backslashes, user names and odd spellings of addresses, and each disagreement has been
an attack. What is not plainly a URL is refused.
"""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from gatepass.http.addresses import parse_address
from gatepass.kernel.errors import Misuse

_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.\-]{1,253})"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*)*)"
    r"(?:\?(?P<query>(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*))?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?")
_DOTS = re.compile(r"\.|%2e", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_CHARACTERS = 2_048


class Url(NamedTuple):
    """The parts of an http or https URL (RFC 3986 section 3).

    Attributes:
        host: lower-case name, or address without brackets.
        port: always there; the scheme's own when none was written.
        path: as written, empty or beginning with a slash.
        query: as written, None when there is none.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str | None

    @property
    def authority(self) -> str:
        """Host and, unless it is the scheme's own, port: what stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority as a browser writes them in Origin (RFC 6454 section 6.2)."""
        return f"{self.scheme}://{self.authority}"


def parse_url(text: str) -> Url:
    """The parts of an absolute http or https URL without user name and fragment.

    International names are written in their ASCII form (`xn--…`).

    Raises:
        Misuse: it is anything else, or its path climbs with `.` or `..`.
    """
    found = _URL.fullmatch(text) if isinstance(text, str) and len(text) <= MAX_CHARACTERS else None
    host = _host(found["host"]) if found else None
    if found is None or host is None:
        raise Misuse("Not an absolute http or https URL of ASCII characters without user name and fragment.")
    scheme, path = found["scheme"].lower(), found["path"]
    if any(_DOTS.sub("", segment) == "" for segment in path.split("/") if segment):
        raise Misuse("The path of a URL may not have segments of dots.")
    port = int(found["port"]) if found["port"] else _DEFAULT_PORTS[scheme]
    if not 0 < port < 65_536:
        raise Misuse("The port of a URL must lie between 1 and 65535.")
    return Url(scheme, host, port, path, found["query"])


def public_url(text: str) -> str:
    """A URL under which a server of ours is known, normalised: lower-case, no final slash.

    Plain http is for loopback and `*.localhost` only: anywhere else cookies and tokens
    would travel in the open.

    Raises:
        Misuse: it is not such a URL, or has a query or an empty path segment.
    """
    url = parse_url(text)
    if url.query is not None or "//" in url.path:
        raise Misuse("A public URL has no query and no empty path segments.")
    if url.scheme == "http" and not is_loopback(url.host):
        raise Misuse(f"{url.origin} is not secure: use https, or a loopback address for development.")
    return url.origin + url.path.rstrip("/")


def origin_of(url: str) -> str:
    """The origin of an http or https URL, as a browser writes it (RFC 6454 section 6.2).

    Raises:
        Misuse: it is not an http or https URL.
    """
    return parse_url(url).origin


def is_loopback(host: str) -> bool:
    """Whether `host` never leaves this machine: 127/8, ::1, localhost, `*.localhost` (RFC 6761 section 6.3).

    Only plain spellings count: `127.1`, `0x7f.1` or `localhost.` are not recognised.
    """
    address = parse_address(host)
    if address is not None:
        return address.is_loopback
    labels = host.lower().split(".")
    return labels[-1] == "localhost" and all(_LABEL.fullmatch(label) for label in labels)


def _host(text: str) -> str | None:
    """The host in lower case, an address in its one short form; None when it is neither."""
    if text.startswith("["):
        address = parse_address(text[1:-1])
        return str(address) if isinstance(address, IPv6Address) else None
    host = text.lower()
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if _is_number(labels[-1]):
        # Resolvers read 127.1, 0x7f000001 and 2130706433 as addresses: only the plain form is one here.
        return host if isinstance(parse_address(host), IPv4Address) else None
    return host


def _is_number(label: str) -> bool:
    return label.isdigit() or re.fullmatch(r"0x[0-9a-f]*", label) is not None
